#include "cli/words/output.hpp"

#include <cstdio>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "updraft/policy.hpp"

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

}  // namespace

Status status_of(const Error& error) {
  return verdict(error.code) == Verdict::refused ? kRefused : kFailed;
}

void Output::event(const boost::json::object& object) const {
  if (!json_) return;
  fmt::print("{}\n", boost::json::serialize(object));
  std::fflush(stdout);
}

void Output::line(std::string_view text) const {
  if (json_) return;
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void Output::item(std::string_view word, std::string_view text) const {
  line(fmt::format("{:<10} {}", word, text));
}

void Output::warn(std::string_view text) { fmt::print(stderr, "updraft: warning: {}\n", text); }
void Output::fail(std::string_view text) { fmt::print(stderr, "updraft: {}\n", text); }

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
  return text;
}

}  // namespace updraft::cli
