// Reports the events of updates: to ESP_LOG, to the application's callback and as esp_event.
#pragma once
#include <optional>

#include "updraft/events.hpp"

#include "updraft.h"

namespace updraft::esp_idf {

inline constexpr char kLogTag[] = "updraft";

class Reporter final : public Observer {
 public:
  explicit Reporter(const updraft_config_t& config)
      : callback_(config.on_event), context_(config.context), posts_(config.post_events) {}

  // How the image that waits for its restart came.
  std::optional<Scheme> installed_by() const { return installed_by_; }

  void on_trial(std::uint32_t seconds);  // 0: no deadline
  void on_given_up();
  void on_damaged_record(const DamagedRecord& damaged);
  void on_state(UpdateState state) override;
  void on_progress(std::uint64_t received, std::uint64_t total) override;
  void on_installed(const Installed& update) override;
  void on_files_installed(const FilesInstalled& files) override;
  void on_current(const Session& session, const format::ImageInfo& image) override;
  void on_ended(const Session& session, const Error& why) override;
  void on_confirmed() override;
  void on_remembered(const Remembered& image) override;
  void on_let_in(const crypto::Sha256Digest& image) override;

 private:
  void tell(updraft_event_t event);
  void tell(updraft_event_t event, const format::ImageInfo& image);
  void post(const updraft_event_t& event);

  void (*callback_)(const updraft_event_t* event, void* context);  // may be nullptr
  void* context_;
  bool posts_;
  std::optional<Scheme> installed_by_;
  std::uint64_t logged_ = 0, posted_ = 0;  // bytes, as the log and the event loop know
};

}  // namespace updraft::esp_idf
