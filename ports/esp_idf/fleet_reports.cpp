#include "ports/esp_idf/fleet_reports.hpp"

#include <algorithm>
#include <string_view>

#include "engine/format/chip.hpp"
#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::esp_idf {
namespace {

constexpr const char* kKey = "reports";
constexpr const char* kHelloKey = "hello";
constexpr std::string_view kEnd = "]}";
// Numbers are taken from NVS in lots: an erase for each event would wear it out.
constexpr std::uint32_t kLot = 64;

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

std::string_view text_of(const char* text) { return text != nullptr ? text : ""; }

// {"n":17,"event":...}, in `room`; empty: it does not fit.
std::string_view numbered(std::uint64_t number, std::string_view event, std::span<char> room) {
  link::HttpText out(room);
  out.add("{\"n\":").add(number).add(",").add(event.substr(1));
  return out.full() ? std::string_view{} : out.view();
}

}  // namespace

// Who it is.

std::span<const link::WebAttribute> FleetReports::attributes(Attributes& room) const {
  const std::size_t count = std::min(config_.pull_attribute_count, room.size());
  for (std::size_t i = 0; i < count; ++i) {
    const updraft_attribute_t& each = config_.pull_attributes[i];
    room[i] = {text_of(each.name), text_of(each.value)};
  }
  return std::span(room).first(count);
}

bool FleetReports::is_sound() {
  Attributes room;
  const bool few = config_.pull_attribute_count <= room.size();
  const std::string_view fault =
      few ? link::fault_of(text_of(config_.pull_time_zone), attributes(room), body_)
          : "there are more than 32 attributes";
  if (fault.empty()) return true;
  ESP_LOGE(kLogTag, "pull_attributes, pull_time_zone: %.*s", static_cast<int>(fault.size()),
           fault.data());
  return false;
}

void FleetReports::write_hello(link::HttpText& out) const {
  Attributes room;
  link::write_hello({.version = running_->app.version.view(),
                     .project = running_->app.project_name.view(),
                     .chip = format::chip_name(running_->header.chip_id),
                     .slot_bytes = slot_bytes_,
                     .inflates = config_.take_compressed,
                     .patches = config_.take_delta,
                     .time_zone = text_of(config_.pull_time_zone),
                     .attributes = attributes(room)},
                    out);
}

// What happened.

void FleetReports::load(nvs_handle_t notes, const format::ImageInfo& running,
                        std::uint32_t slot_bytes) {
  notes_ = notes;
  running_ = &running;
  slot_bytes_ = slot_bytes;
  std::size_t size = sizeof last_;
  Last read;
  if (notes_ != 0 && nvs_get_blob(notes_, kKey, &read, &size) == ESP_OK && size == sizeof read) {
    read.text[sizeof read.text - 1] = '\0';
    last_ = read;
  }
  base_ = last_.next - 1;
  news_ = old_ = last_.text[0] == '{';
  link::HelloMark told;
  size = sizeof told;
  const bool greeted =
      notes_ != 0 && nvs_get_blob(notes_, kHelloKey, &told, &size) == ESP_OK && size == sizeof told;
  link::HttpText hello(body_);
  write_hello(hello);
  hello_ = link::mark_of_hello(hello.view());
  greets_ = !greeted || told != hello_;
}

void FleetReports::note(const updraft_event_t& event) {
  if (!is_reported(event.id)) return;
  keep(event);
  news_ = true;
}

void FleetReports::accepted() {
  updraft_event_t event{};
  event.id = UPDRAFT_EVENT_ACCEPTED;
  keep(event);
}

void FleetReports::keep(const updraft_event_t& event) {
  events_.note(event);
  const std::uint64_t number = base_ + events_.newest();
  const bool lasting = is_lasting(event.id);
  if (lasting) {
    const std::string_view text = numbered(number, events_.told(events_.newest()),
                                           std::span(last_.text).first(sizeof last_.text - 1));
    last_.text[text.size()] = '\0';
    old_ = false;
  }
  use(number, lasting);
}

// From now on the number is used, over a restart as well.
void FleetReports::use(std::uint64_t number, bool also_save) {
  const bool new_lot = number >= last_.next;
  if (new_lot) last_.next = static_cast<std::uint32_t>(number) + kLot;
  if (new_lot || also_save) save();
}

void FleetReports::save() {
  const bool kept = notes_ != 0 && nvs_set_blob(notes_, kKey, &last_, sizeof last_) == ESP_OK &&
                    nvs_commit(notes_) == ESP_OK;
  if (!kept) ESP_LOGW(kLogTag, "what became of the update is not noted: NVS is full, or not there");
}

// Without NVS it is told after each start.
void FleetReports::save_hello() {
  if (notes_ == 0) return;
  if (nvs_set_blob(notes_, kHelloKey, &hello_, sizeof hello_) == ESP_OK) (void)nvs_commit(notes_);
}

// What is told.

void FleetReports::begin_report() {
  link::HttpText head(body_);
  head.add("{\"id\":\"").add(config_.pull_id).add("\",\"events\":[");
  size_ = head.view().size();
}

bool FleetReports::add(std::string_view event) {
  const bool first = body_[size_ - 1] == '[';
  if (size_ + event.size() + 1 + kEnd.size() > body_.size()) return false;
  if (!first) body_[size_++] = ',';
  size_ += event.copy(body_.data() + size_, event.size());
  return true;
}

// The oldest first, as many as fit.
void FleetReports::add_events() {
  if (old_) (void)add(last_.text);
  std::array<char, 420> room;  // of a KeptEvents' text and its number
  const std::uint64_t newest = events_.newest();
  const std::uint64_t forgotten = newest > kKeptEvents ? newest - kKeptEvents : 0;
  for (std::uint64_t n = std::max(told_, forgotten) + 1; n <= newest; ++n) {
    const std::string_view event = events_.told(n);
    // One that never fits is passed over.
    if (!event.empty() && !add(numbered(base_ + n, event, room))) break;
    in_body_ = n;
  }
}

// Each time under a new number, between those of the events before and after it: where a server
// has it and its answer was lost, it is told once more.
void FleetReports::add_hello() {
  const std::uint64_t number = ++base_ + events_.newest();
  use(number, false);
  link::HttpText out(std::span<char>(body_).subspan(size_));
  out.add("{\"n\":").add(number).add(",");
  write_hello(out);
  size_ += out.view().size();
  hello_out_ = true;
}

// The hello comes by itself, once there is nothing else: so its number is above all that were told.
Bytes FleetReports::report() {
  in_body_ = told_;
  hello_out_ = false;
  const bool events = old_ || told_ != events_.newest();
  if (!events && !greets_) return {};
  begin_report();
  events ? add_events() : add_hello();
  size_ += kEnd.copy(body_.data() + size_, kEnd.size());
  return as_bytes(std::string_view(body_.data(), size_));
}

void FleetReports::reported(bool taken) {
  if (hello_out_) {
    hello_out_ = greets_ = false;
    if (taken) save_hello();
    return;
  }
  told_ = in_body_;
  news_ = news_ || told_ != events_.newest();
  const bool over = last_.text[0] != '\0' && (old_ || told_ == events_.newest());
  old_ = false;
  if (!over) return;
  last_.text[0] = '\0';
  save();
}

}  // namespace updraft::esp_idf
