#include "ports/esp_idf/reporter.hpp"

#include <cinttypes>

#include "engine/core/hex.hpp"
#include "esp_event.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/knobs.hpp"
#include "ports/esp_idf/literal.hpp"

ESP_EVENT_DEFINE_BASE(UPDRAFT_EVENT);

namespace updraft::esp_idf {
namespace {

constexpr std::uint64_t kLogEvery = 128 * 1024;  // bytes
constexpr std::uint64_t kPostEvery = 32 * 1024;
constexpr std::uint32_t kPostMs = 100;

// Text from outside, with what does not print as a dot.
template <std::size_t N>
void print(std::string_view text, char (&out)[N]) {
  std::size_t size = 0;
  for (const char c : text.substr(0, N - 1)) out[size++] = c >= ' ' && c <= '~' ? c : '.';
  out[size] = '\0';
}

// How people name an image.
struct ImageText {
  explicit ImageText(const crypto::Sha256Digest& digest) {
    write_hex(image_name(digest), MutableBytes(reinterpret_cast<std::byte*>(digits), 16));
  }
  char digits[17]{};
};

}  // namespace

#ifdef UPDRAFT_EVENTS_ARE_HEARD
void Reporter::tell_also(EventHearer& hearer) {
  hearer.next_ = hearers_;
  hearers_ = &hearer;
}

void Reporter::let_go(const EventHearer& hearer) {
  EventHearer** place = &hearers_;
  while (*place != nullptr && *place != &hearer) place = &(*place)->next_;
  if (*place != nullptr) *place = hearer.next_;
}
#endif

void Reporter::note(updraft_event_t event) {
#ifdef UPDRAFT_EVENTS_ARE_HEARD
  for (EventHearer* each = hearers_; each != nullptr; each = each->next_) each->note(event);
#endif
  if (callback_ == nullptr && !posts_) return;
  event.struct_size = sizeof event;
  const bool progress = event.id == UPDRAFT_EVENT_PROGRESS;
  if (progress && !waiting_.empty() && waiting_.back().id == UPDRAFT_EVENT_PROGRESS) {
    waiting_.back() = event;
    return;
  }
  const bool of_an_attempt = progress || event.id == UPDRAFT_EVENT_ACCEPTED ||
                             event.id == UPDRAFT_EVENT_ENDED || event.id == UPDRAFT_EVENT_CURRENT ||
                             event.id == UPDRAFT_EVENT_UNCHANGED;
  if (waiting_.size() + (of_an_attempt ? kEventsKept : 0) < kEvents) {
    waiting_.push(event);
  } else {
    ESP_LOGW(kLogTag, "too much happens at a time: an event is lost");
  }
}

void Reporter::deliver(Lock& lock) {
  while (true) {
    updraft_event_t event;
    {
      const Held held(lock);
      if (waiting_.empty()) return;
      event = waiting_.front();
      waiting_.pop();
    }
    tell(event);
  }
}

void Reporter::tell(const updraft_event_t& event) {
  if (callback_ != nullptr) callback_(&event, context_);
  if (posts_) post(event);
}

// Progress begins anew with each update that is accepted.
void Reporter::post(const updraft_event_t& event) {
  if (event.id == UPDRAFT_EVENT_ACCEPTED) posted_ = 0;
  if (event.id == UPDRAFT_EVENT_PROGRESS) {
    if (event.received < posted_ + kPostEvery) return;
    posted_ = event.received;
  }
  if (esp_event_post(UPDRAFT_EVENT, event.id, &event, sizeof event, pdMS_TO_TICKS(kPostMs)) !=
      ESP_OK) {
    ESP_LOGW(kLogTag, "the default event loop is full, or not there: an event is lost");
  }
}

void Reporter::on_trial(bool has_deadline, std::uint32_t seconds) {
  if (has_deadline) {
    ESP_LOGW(kLogTag,
             "this image is on trial: confirm it (updraft_confirm) within %" PRIu32
             " s, or the old one comes back",
             seconds);
  } else {
    ESP_LOGW(kLogTag, "this image is on trial: unless it is confirmed, the next reset ends it");
  }
  note({.id = UPDRAFT_EVENT_ON_TRIAL});
}

void Reporter::on_rescue(std::string_view reason) {
  ESP_LOGW(kLogTag, "rescue app: %.*s", static_cast<int>(reason.size()), reason.data());
  note({.id = UPDRAFT_EVENT_RESCUE, .code = literal(reason)});
}

void Reporter::on_rescue_too_old(std::string_view version, std::string_view wanted) {
  updraft_event_t event{.id = UPDRAFT_EVENT_RESCUE, .code = "too_old"};
  print(version, event.version);
  ESP_LOGW(kLogTag, "the rescue app is %s, and this app needs %.*s: update it (min_rescue)",
           event.version, static_cast<int>(wanted.size()), wanted.data());
  note(event);
}

void Reporter::on_part(std::string_view label, std::string_view state) {
  updraft_event_t event{.id = UPDRAFT_EVENT_PART, .code = literal(state)};
  print(label, event.part);
  ESP_LOGI(kLogTag, "data of %s: %s", event.part, event.code);
  note(event);
}

void Reporter::on_given_up() { note({.id = UPDRAFT_EVENT_ROLLED_BACK}); }

void Reporter::on_unchanged(Scheme scheme) {
  note({.id = UPDRAFT_EVENT_UNCHANGED, .scheme = literal(name(scheme))});
}

void Reporter::on_damaged_record(const DamagedRecord& damaged) {
  char chose[17] = "an unknown slot";
  if (damaged.chose) print(damaged.chose->label.view(), chose);
  ESP_LOGE(kLogTag, "record %u of otadata is damaged; it chose %s, and the other one was followed",
           static_cast<unsigned>(damaged.place), chose);
}

void Reporter::on_begun(const Session& session) {
  session_ = session.scheme;
  total_ = 0;
}

const char* Reporter::scheme() const { return session_ ? literal(name(*session_)) : nullptr; }

void Reporter::on_state(UpdateState state) {
  if (state == UpdateState::judging) logged_ = 0;
  ESP_LOGI(kLogTag, "%s", literal(name(state)));
  if (state == UpdateState::writing)
    note({.id = UPDRAFT_EVENT_ACCEPTED, .scheme = scheme(), .total = total_});
}

void Reporter::on_progress(std::uint64_t received, std::uint64_t total) {
  if (received - logged_ >= kLogEvery) {
    logged_ = received;
    ESP_LOGI(kLogTag, "%" PRIu64 " KiB", received / 1024);
  }
  note({.id = UPDRAFT_EVENT_PROGRESS, .scheme = scheme(), .received = received, .total = total});
}

namespace {

// One task receives an update from its first byte to its last: this is what was left of its stack.
void say_stack() {
  ESP_LOGD(kLogTag, "%u bytes of this task's stack were never used",
           static_cast<unsigned>(uxTaskGetStackHighWaterMark(nullptr)));
}

}  // namespace

void Reporter::on_installed(const Installed& update) {
  installed_by_ = update.session.scheme;
  say_stack();
  ESP_LOGI(kLogTag, "installed, %s; it boots next", literal(name(update.trust)));
  note({.id = UPDRAFT_EVENT_INSTALLED,
        .scheme = literal(name(update.session.scheme)),
        .trust = literal(name(update.trust))},
       update.image);
}

void Reporter::on_key_set(std::uint64_t version) {
  ESP_LOGI(kLogTag, "KeySet %lu is trusted", static_cast<unsigned long>(version));
}

void Reporter::on_current(const Session& session, const format::ImageInfo& image) {
  say_stack();
  if (!image.app.version.view().empty()) ESP_LOGI(kLogTag, "it runs already; nothing was changed");
  note({.id = UPDRAFT_EVENT_CURRENT, .scheme = literal(name(session.scheme))}, image);
}

void Reporter::note(updraft_event_t event, const format::ImageInfo& image) {
  print(image.app.version.view(), event.version);
  print(image.app.project_name.view(), event.project);
  ESP_LOGI(kLogTag, "%s %s", event.project, event.version);
  note(event);
}

void Reporter::on_files_installed(const FilesInstalled& files) {
  if (files.changed) installed_by_ = files.session.scheme;
  ESP_LOGI(kLogTag, "%u files %s", static_cast<unsigned>(files.count),
           files.changed ? "are in place" : "are there already; nothing was changed");
  note({.id = files.changed ? UPDRAFT_EVENT_INSTALLED : UPDRAFT_EVENT_CURRENT,
        .scheme = literal(name(files.session.scheme)),
        .trust = files.changed ? literal(name(files.trust)) : nullptr});
}

void Reporter::on_ended(const Session& session, const Error& why) {
  const bool refused = verdict(why.code) == Verdict::refused;
  const char* message = sentence_here(why);
  say_stack();
  ESP_LOGE(kLogTag, "update %s: %s: %s (%" PRIu64 ", %" PRIu64 ")", refused ? "refused" : "failed",
           literal(name(why.code)), message, why.found, why.expected);
  const char* const knob = unsigned_knob(session.scheme);
  if (why.code == Code::unsigned_image && knob != nullptr) {
    ESP_LOGE(kLogTag, "%s is not set: nothing unsigned comes in by %s", knob,
             literal(name(session.scheme)));
  }
  note({.id = UPDRAFT_EVENT_ENDED,
        .scheme = literal(name(session.scheme)),
        .code = literal(name(why.code)),
        .message = message,
        .refused = refused});
}

void Reporter::on_confirmed() {
  ESP_LOGI(kLogTag, "this image is confirmed");
  note({.id = UPDRAFT_EVENT_CONFIRMED});
}

void Reporter::on_remembered(const Remembered& image) {
  const ImageText text(image.image);
  ESP_LOGW(kLogTag, "%s %s; it is refused until updraft_let_in(\"%s\")", text.digits,
           image.why == RolledBack::failed ? "failed its trial here" : "was not wanted here",
           text.digits);
  note({.id = UPDRAFT_EVENT_REMEMBERED});
}

void Reporter::on_let_in(const crypto::Sha256Digest& image) {
  ESP_LOGI(kLogTag, "%s may be installed again", ImageText(image).digits);
}

}  // namespace updraft::esp_idf
