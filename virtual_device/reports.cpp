#include "virtual_device/reports.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <system_error>

#include "engine/core/hex.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kHello = R"("event":"hello",)";

bool is_reported(std::string_view event) {
  constexpr std::array<std::string_view, 4> kStarts{R"({"event":"update")", R"({"event":"confirm")",
                                                    R"({"event":"rollback")",
                                                    R"({"event":"stale")"};
  return std::ranges::any_of(kStarts,
                             [event](std::string_view start) { return event.starts_with(start); });
}

// Of one that is kept, behind its number.
bool is_hello(std::string_view event) {
  const std::size_t comma = event.find(',');
  return comma != event.npos && event.substr(comma + 1).starts_with(kHello);
}

}  // namespace

Reports::Reports(std::filesystem::path file, std::string id, const Events& events,
                 std::string hello)
    : file_(std::move(file)), id_(std::move(id)), events_(events), hello_(std::move(hello)) {
  const link::HelloMark mark = link::mark_of_hello(hello_);
  std::array<std::byte, 2 * mark.size()> digits;
  write_hex(mark, digits);
  mark_ = as_text(Bytes(digits));
  load();
  greets_ = mark_ != told_;
}

// A hello that the server did not take is out of date by now, or is told anew.
void Reports::load() {
  std::ifstream in(file_);
  std::string line;
  if (!std::getline(in, line)) return;
  const char* const end = line.data() + line.size();
  const char* const behind = std::from_chars(line.data(), end, number_).ptr;
  told_ = std::string(behind == end ? end : behind + 1, end);
  while (std::getline(in, line) && kept_.size() < kKeptReports) {
    if (!is_hello(line)) kept_.push_back(line);
  }
}

// Who cannot keep it tells it as long as the device runs.
void Reports::save() const {
  std::string text = std::to_string(number_) + (told_.empty() ? "" : " ") + told_ + "\n";
  for (const std::string& event : kept_) text += event + "\n";
  try {
    linux_port::replace_file(file_, as_bytes(text));
  } catch (const std::system_error&) {
    return;
  }
}

void Reports::keep(std::string_view members) {
  kept_.push_back("{\"n\":" + std::to_string(++number_) + "," + std::string(members));
  while (kept_.size() > kKeptReports) kept_.pop_front();
}

void Reports::collect() {
  bool is_new = false;
  while (seen_ < events_.newest()) {
    const std::string_view event = events_.told(++seen_);
    if (!is_reported(event)) continue;
    keep(event.substr(1));
    is_new = true;
  }
  if (is_new) save();
}

void Reports::accepted() {
  collect();
  keep(R"("event":"accepted"})");
  save();
}

// The oldest first, as many as fit. A number is noted before anybody sees it.
Bytes Reports::report() {
  collect();
  if (greets_) {
    greets_ = false;
    std::erase_if(kept_, is_hello);
    keep(hello_);
    save();
  }
  body_.clear();
  in_body_ = 0;
  if (kept_.empty()) return {};
  constexpr std::string_view kEnd = "]}";
  body_ = R"({"id":")" + id_ + R"(","events":[)";
  for (const std::string& event : kept_) {
    if (body_.size() + event.size() + 1 + kEnd.size() > link::kMostReportBytes) break;
    body_ += (in_body_ == 0 ? "" : ",") + event;
    ++in_body_;
  }
  body_ += kEnd;
  return as_bytes(body_);
}

void Reports::reported(bool taken) {
  // One that never fits is passed over with the rest.
  const std::size_t over = std::min(std::max<std::size_t>(in_body_, 1), kept_.size());
  const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(over);
  if (taken && std::any_of(kept_.begin(), end, is_hello)) told_ = mark_;
  kept_.erase(kept_.begin(), end);
  in_body_ = 0;
  save();
}

}  // namespace updraft::device
