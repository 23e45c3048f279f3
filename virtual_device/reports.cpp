#include "virtual_device/reports.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <system_error>

#include "ports/linux/replace_file.hpp"

namespace updraft::device {
namespace {

bool is_reported(std::string_view event) {
  constexpr std::array<std::string_view, 4> kStarts{R"({"event":"update")", R"({"event":"confirm")",
                                                    R"({"event":"rollback")",
                                                    R"({"event":"stale")"};
  return std::ranges::any_of(kStarts,
                             [event](std::string_view start) { return event.starts_with(start); });
}

}  // namespace

Reports::Reports(std::filesystem::path file, std::string id, const Events& events)
    : file_(std::move(file)), id_(std::move(id)), events_(events) {
  load();
}

void Reports::load() {
  std::ifstream in(file_);
  std::string line;
  if (!std::getline(in, line)) return;
  std::from_chars(line.data(), line.data() + line.size(), number_);
  while (std::getline(in, line) && kept_.size() < kKeptReports) kept_.push_back(line);
}

// Who cannot keep it tells it as long as the device runs.
void Reports::save() const {
  std::string text = std::to_string(number_) + "\n";
  for (const std::string& event : kept_) text += event + "\n";
  try {
    linux_port::replace_file(file_, as_bytes(text));
  } catch (const std::system_error&) {
    return;
  }
}

void Reports::collect() {
  bool is_new = false;
  while (seen_ < events_.newest()) {
    const std::string_view event = events_.told(++seen_);
    if (!is_reported(event)) continue;
    kept_.push_back("{\"n\":" + std::to_string(++number_) + "," + std::string(event.substr(1)));
    is_new = true;
  }
  while (kept_.size() > kKeptReports) kept_.pop_front();
  if (is_new) save();
}

// The oldest first, as many as fit.
Bytes Reports::report() {
  collect();
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

void Reports::reported() {
  // One that never fits is passed over with the rest.
  const std::size_t over = std::max<std::size_t>(std::min(in_body_, kept_.size()), 1);
  kept_.erase(kept_.begin(),
              kept_.begin() + static_cast<std::ptrdiff_t>(std::min(over, kept_.size())));
  in_body_ = 0;
  save();
}

}  // namespace updraft::device
