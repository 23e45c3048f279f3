#include "cli/words/output.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "updraft/policy.hpp"

#include "cli/words/console.hpp"
#include "cli/words/terminal.hpp"
#include "cli/words/text.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/revision.hpp"

namespace updraft::cli {
namespace {

// The numbers of an error in the unit of its field; empty if they say nothing to a person.
std::string numbers(const Error& error) {
  const auto found = static_cast<std::uint16_t>(error.found);
  const auto expected = static_cast<std::uint16_t>(error.expected);
  switch (error.code) {
    case Code::wrong_chip:
      return fmt::format("image: {}, device: {}", format::chip_name(found),
                         format::chip_name(expected));
    case Code::wrong_revision:
      return fmt::format("image allows {}, device is {}",
                         format::revision_text(format::RevisionRange::unpacked(error.found)).view(),
                         format::revision_text(expected).view());
    case Code::too_big:
      return fmt::format("{} needed, {} there", human_bytes(error.found),
                         human_bytes(error.expected));
    case Code::wrong_format:
      if (error.expected == 0) return "";
      return fmt::format("it has {} bytes, the partition {}", error.found, error.expected);
    case Code::no_room:
      if (error.found == 0) return "";
      return fmt::format("{} needed, {} there", human_bytes(error.found),
                         human_bytes(error.expected));
    case Code::size_mismatch:
      if (error.expected == 0) return fmt::format("{} came", human_bytes(error.found));
      return fmt::format("{} of {} bytes came", error.found, error.expected);
    case Code::secure_version_low:
      return fmt::format("image has {}, device asks for {}", error.found, error.expected);
    case Code::not_an_image:
      if (error.reason == Reason::web_page) return "";
      return fmt::format("it starts with {:02x}, not e9", error.found);
    case Code::bad_checksum:
      return fmt::format("{:02x} stored, {:02x} computed", error.found, error.expected);
    case Code::bad_hash:
      return error.expected == 1 ? "the image says that it carries none" : "";
    case Code::malformed:
      if (error.reason == Reason::no_app_descriptor) return "";
      if (error.reason == Reason::load_address) {
        return fmt::format("{} bytes at {:#010x}", error.expected, error.found);
      }
      return fmt::format("in the {}: {:#x}, limit {:#x}", name(error.where), error.found,
                         error.expected);
    default:
      return "";
  }
}

// https://user:secret@host/a in a sentence -> https://host/a
std::string without_logins(std::string text) {
  constexpr std::string_view kAuthority = "://";
  for (std::size_t at = 0; (at = text.find(kAuthority, at)) != text.npos;) {
    at += kAuthority.size();
    const std::size_t end = std::min(text.find_first_of("/?#\"'<> \t\n", at), text.size());
    const std::size_t login = end > at ? text.rfind('@', end - 1) : text.npos;
    if (login != text.npos && login >= at) text.erase(at, login + 1 - at);
  }
  return text;
}

// The one way out: whatever a text was made of, it does nothing to a terminal and is UTF-8.
std::string shown(std::string_view text) {
  return host::readable(without_logins(std::string(text)));
}

boost::json::value shown(const boost::json::value& value) {
  if (value.is_string()) return boost::json::string(shown(std::string_view(value.get_string())));
  if (value.is_array()) {
    boost::json::array array;
    for (const auto& one : value.get_array()) array.push_back(shown(one));
    return array;
  }
  if (!value.is_object()) return value;
  boost::json::object object;
  for (const auto& [key, one] : value.get_object())
    object[shown(std::string_view(key))] = shown(one);
  return object;
}

// A terminal breaks long lines in the middle of a word, and what follows stands below the words on
// the left. What is piped keeps its lines.
std::string fitting(const std::string& text, int fd, std::size_t indent) {
  const std::size_t columns = on_terminal(fd) ? terminal_columns(fd) : text.size();
  if (text.size() <= columns || text.size() <= indent) return text;
  return text.substr(0, indent) +
         wrapped(std::string_view(text).substr(indent), columns - indent, indent);
}

std::string fitting(const std::string& text) {
  constexpr std::size_t kItem = 11;  // the column of an item's text
  const std::string head = text.substr(0, std::min(kItem, text.size()));
  const std::size_t word_end = std::min(head.find(' '), head.size());
  const bool item =
      !head.empty() && head.back() == ' ' && head.find_first_not_of(' ', word_end) == head.npos;
  const std::size_t begin = text.find_first_not_of(' ');
  return fitting(text, STDOUT_FILENO, item ? kItem : begin == text.npos ? 0 : begin);
}

constexpr std::string_view kOurs = "updraft: ";  // before what goes to standard error

std::string complaint(std::string_view text) {
  return fitting(std::string(kOurs) + shown(text), STDERR_FILENO, kOurs.size());
}

Console* the_console = nullptr;

void put(int fd, std::string text) {
  if (the_console != nullptr) return the_console->write(fd, std::move(text));
  std::FILE* const file = fd == STDOUT_FILENO ? stdout : stderr;
  fmt::print(file, "{}", text);
  std::fflush(file);
}

}  // namespace

Status status_of(const Error& error) {
  return verdict(error.code) == Verdict::refused ? kRefused : kFailed;
}

void Output::event(const boost::json::object& object) const {
  if (json_) {
    put(STDOUT_FILENO, boost::json::serialize(shown(boost::json::value(object))) + "\n");
  }
}

void Output::line(std::string_view text) const {
  if (!json_) put(STDOUT_FILENO, fitting(shown(text)) + "\n");
}

void Output::item(std::string_view word, std::string_view text) const {
  line(fmt::format("{:<10} {}", word, text));
}

void Output::warn(std::string_view text) {
  put(STDERR_FILENO, complaint(fmt::format("warning: {}", text)) + "\n");
}
void Output::fail(std::string_view text) { put(STDERR_FILENO, complaint(text) + "\n"); }
void Output::add(std::string_view text) {
  put(STDERR_FILENO, fitting(shown(text), STDERR_FILENO, 0) + "\n");
}
void Output::ask(std::string_view question) {
  put(STDERR_FILENO, fitting(shown(question), STDERR_FILENO, 0) + " ");
}
void Output::draw(std::string_view text) { put(STDOUT_FILENO, std::string(text)); }

void Output::go_through(Console* console) { the_console = console; }
void Output::flush() {
  if (the_console != nullptr) the_console->flush();
}

void Output::failed(bool json, Status status, std::string_view code, std::string_view message) {
  Output(json).event({{"event", "result"},
                      {"result", status == kFailed ? "failed" : "refused"},
                      {"code", code},
                      {"message", message}});
  fail(message);
}

std::string_view verdict_name(const Error& error) {
  return verdict(error.code) == Verdict::refused ? "refused" : "failed";
}

boost::json::object result_event(const Result<>& outcome) {
  if (outcome) return {{"event", "result"}, {"result", "ok"}};
  return {{"event", "result"},
          {"result", verdict_name(outcome.error())},
          {"code", name(outcome.error().code)},
          {"message", explain(outcome.error())}};
}

std::string explain(const Error& error) {
  const std::string facts = numbers(error);
  std::string text(sentence(error));
  if (!facts.empty()) text += " (" + facts + ")";
  if (error.code == Code::rescue_broken)
    text += " Over the air: updraft push FILE URL --to rescue.";
  return text;
}

}  // namespace updraft::cli
