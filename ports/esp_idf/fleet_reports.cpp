#include "ports/esp_idf/fleet_reports.hpp"

#include <algorithm>
#include <string_view>

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::esp_idf {
namespace {

constexpr const char* kKey = "reports";
constexpr std::string_view kEnd = "]}";
// Numbers are taken from NVS in lots: an erase for each event would wear it out.
constexpr std::uint32_t kLot = 64;

static_assert(1024 <= link::kMostReportBytes);

bool is_reported(updraft_event_id_t id) {
  return id == UPDRAFT_EVENT_INSTALLED || id == UPDRAFT_EVENT_CURRENT ||
         id == UPDRAFT_EVENT_ENDED || id == UPDRAFT_EVENT_CONFIRMED ||
         id == UPDRAFT_EVENT_ROLLED_BACK;
}

// What decides over the image that runs, and so may be the last before a restart.
bool is_lasting(updraft_event_id_t id) {
  return id == UPDRAFT_EVENT_INSTALLED || id == UPDRAFT_EVENT_CONFIRMED ||
         id == UPDRAFT_EVENT_ROLLED_BACK;
}

// {"n":17,"event":...}, in `room`; empty: it does not fit.
std::string_view numbered(std::uint64_t number, std::string_view event, std::span<char> room) {
  link::HttpText out(room);
  out.add("{\"n\":").add(number).add(",").add(event.substr(1));
  return out.full() ? std::string_view{} : out.view();
}

}  // namespace

void FleetReports::load(nvs_handle_t notes) {
  notes_ = notes;
  std::size_t size = sizeof last_;
  Last read;
  if (notes_ != 0 && nvs_get_blob(notes_, kKey, &read, &size) == ESP_OK && size == sizeof read) {
    read.text[sizeof read.text - 1] = '\0';
    last_ = read;
  }
  base_ = last_.next - 1;
  news_ = old_ = last_.text[0] == '{';
}

void FleetReports::note(const updraft_event_t& event) {
  if (id_[0] == '\0' || !is_reported(event.id)) return;
  events_.note(event);
  news_ = true;
  const std::uint64_t number = base_ + events_.newest();
  const bool lasting = is_lasting(event.id);
  if (lasting) {
    const std::string_view text = numbered(number, events_.told(events_.newest()),
                                           std::span(last_.text).first(sizeof last_.text - 1));
    last_.text[text.size()] = '\0';
    old_ = false;
  }
  if (number >= last_.next) {
    last_.next = static_cast<std::uint32_t>(number) + kLot;
  } else if (!lasting) {
    return;
  }
  save();
}

void FleetReports::save() {
  const bool kept = notes_ != 0 && nvs_set_blob(notes_, kKey, &last_, sizeof last_) == ESP_OK &&
                    nvs_commit(notes_) == ESP_OK;
  if (!kept) ESP_LOGW(kLogTag, "what became of the update is not noted: NVS is full, or not there");
}

bool FleetReports::add(std::string_view event) {
  const bool first = body_[size_ - 1] == '[';
  if (size_ + event.size() + 1 + kEnd.size() > body_.size()) return false;
  if (!first) body_[size_++] = ',';
  size_ += event.copy(body_.data() + size_, event.size());
  return true;
}

// The oldest first, as many as fit.
Bytes FleetReports::report() {
  in_body_ = told_;
  const std::uint64_t newest = events_.newest();
  if (!old_ && told_ == newest) return {};
  link::HttpText head(body_);
  head.add("{\"id\":\"").add(id_).add("\",\"events\":[");
  size_ = head.view().size();
  if (old_) (void)add(last_.text);
  std::array<char, 420> room;  // of a KeptEvents' text and its number
  const std::uint64_t forgotten = newest > kKeptEvents ? newest - kKeptEvents : 0;
  for (std::uint64_t n = std::max(told_, forgotten) + 1; n <= newest; ++n) {
    const std::string_view event = events_.told(n);
    // One that never fits is passed over.
    if (!event.empty() && !add(numbered(base_ + n, event, room))) break;
    in_body_ = n;
  }
  size_ += kEnd.copy(body_.data() + size_, kEnd.size());
  return as_bytes(std::string_view(body_.data(), size_));
}

void FleetReports::reported() {
  told_ = in_body_;
  news_ = news_ || told_ != events_.newest();
  const bool over = last_.text[0] != '\0' && (old_ || told_ == events_.newest());
  old_ = false;
  if (!over) return;
  last_.text[0] = '\0';
  save();
}

}  // namespace updraft::esp_idf
