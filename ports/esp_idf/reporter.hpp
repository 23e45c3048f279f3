// Reports the events of updates: to ESP_LOG, to the application's callback and as esp_event.
//
// An event happens under the lock, in whichever task; the application hears of it from the update
// task, without the lock. Until then it waits here. Progress replaces older progress; the last
// kEventsKept places are for what changes the device, so that a crowd of failing updates costs its
// own events only.
#pragma once
#include <optional>

#include "updraft/events.hpp"

#include "engine/core/ring.hpp"
#include "ports/esp_idf/lock.hpp"
#include "sdkconfig.h"
#include "updraft.h"
#if defined(CONFIG_UPDRAFT_NATIVE) || defined(CONFIG_UPDRAFT_WEB_PULL)
#define UPDRAFT_EVENTS_ARE_HEARD
#include "ports/esp_idf/event_hearer.hpp"
#endif

namespace updraft::esp_idf {

inline constexpr char kLogTag[] = "updraft";
inline constexpr std::size_t kEvents = 8;  // that wait at a time
inline constexpr std::size_t kEventsKept = 3;

class Reporter final : public Observer {
 public:
  explicit Reporter(const updraft_config_t& config)
      : callback_(config.on_event), context_(config.context), posts_(config.post_events) {}

  // How the image that waits for its restart came.
  std::optional<Scheme> installed_by() const { return installed_by_; }
  void need_no_restart() { installed_by_.reset(); }  // it is in place without one
  // Tells the application what has happened; of one task, which does not hold the lock.
  void deliver(Lock& lock);

#ifdef UPDRAFT_EVENTS_ARE_HEARD
  // What the application is told, that one is told as well, until it is let go.
  void tell_also(EventHearer& hearer);
  void let_go(const EventHearer& hearer);
#endif

  // The session that has just begun brings so many bytes; 0: not known. Under the lock.
  void offered(std::uint64_t total) { total_ = total; }

  void on_trial(bool has_deadline, std::uint32_t seconds);
  void on_given_up();
  void on_unchanged(Scheme scheme);
  void on_rescue(std::string_view reason);
  void on_rescue_too_old(std::string_view version, std::string_view wanted);
  void on_part(std::string_view label, std::string_view state);
  void on_damaged_record(const DamagedRecord& damaged);
  void on_begun(const Session& session) override;
  void on_state(UpdateState state) override;
  void on_progress(std::uint64_t received, std::uint64_t total) override;
  void on_installed(const Installed& update) override;
  void on_files_installed(const FilesInstalled& files) override;
  void on_current(const Session& session, const format::ImageInfo& image) override;
  void on_key_set(std::uint64_t version) override;
  void on_ended(const Session& session, const Error& why) override;
  void on_confirmed() override;
  void on_remembered(const Remembered& image) override;
  void on_let_in(const crypto::Sha256Digest& image) override;

 private:
  const char* scheme() const;  // of the session that is on
  void note(updraft_event_t event);
  void note(updraft_event_t event, const format::ImageInfo& image);
  void tell(const updraft_event_t& event);
  void post(const updraft_event_t& event);

  void (*callback_)(const updraft_event_t* event, void* context);  // may be nullptr
  void* context_;
  bool posts_;
#ifdef UPDRAFT_EVENTS_ARE_HEARD
  EventHearer* hearers_ = nullptr;
#endif
  std::optional<Scheme> installed_by_, session_;
  std::uint64_t total_ = 0;   // bytes that it brings
  std::uint64_t logged_ = 0;  // bytes that the log knows of
  Ring<updraft_event_t, kEvents> waiting_;
  std::uint64_t posted_ = 0;  // bytes that the event loop knows of; of the task that delivers
};

}  // namespace updraft::esp_idf
