// A virtual device's events as JSON lines (design.md section 5) or as lines for people.
#pragma once
#include <optional>

#include "cli/progress_bar.hpp"
#include "cli/words/output.hpp"
#include "virtual_device/events.hpp"

namespace updraft::cli {

class DevicePrinter final : public device::Events {
 public:
  explicit DevicePrinter(bool json) : out_(json) {}
  void on_boot(const sim::BootedApp& app, const std::optional<DamagedRecord>& damaged,
               const std::optional<Release>& signed_as) override;
  void on_holds_key_set(std::uint64_t version, std::uint64_t not_before, bool whole) override;
  void on_status(const sim::BootedApp& app) override;
  void on_power_cut() override { Output::flush(); }
  void on_no_boot(const Error& error, const std::vector<std::string>& trace) override;
  void on_announced(const std::string& name) override;
  void on_pulling(std::string_view from) override;
  void on_fresh(const Result<Freshness>& token) override;
  void on_stale(Millis since) override;
  void on_pulled(std::string_view from, std::string_view result, const Result<>& why,
                 Millis next) override;
  void on_pull_given_up(std::string_view from, unsigned attempts) override;
  void on_begun(const Session& session) override { shown_ = session.id; }
  void on_progress(std::uint64_t received, std::uint64_t total) override;
  void on_installed(const Installed& installed, const std::optional<Release>& signed_as) override;
  void on_files_installed(const FilesInstalled& installed) override;
  void on_part(const parts::PartNews& news) override;
  void on_current(const Session& session, const format::ImageInfo& image) override;
  void on_key_set(const Session& session, std::uint64_t version) override;
  void on_rescue(RescueReason reason) override;
  void on_rescue_broken() override;
  void on_rescue_too_old(std::string_view version, std::string_view wanted) override;
  void on_armed(std::uint32_t seconds) override;
  void on_disarmed() override;
  void on_ended(const Session& session, const Error& error) override;
  void on_strangers(std::uint64_t connections) override;
  void on_confirmed() override;
  void on_rolled_back(std::string_view to, std::string_view reason) override;
  void on_remembered(const Remembered& image) override;
  void on_let_in(const crypto::Sha256Digest& digest) override;
  void on_reboot(std::string_view reason) override;
  void on_modelled(sim::Nanos so_far) override;
  void on_flash_time(const device::UpdateTime& time) override;
  void on_warning(std::string_view text) override;
  void on_pairing(std::string_view id, std::string_view line) override;

 private:
  void tell(const boost::json::object& event);
  void tell_listening(const device::Listening& listening) override;
  void tell_app(std::string_view event, const sim::BootedApp& app,
                const boost::json::object& more = {});
  void report_progress();
  void finish_progress();

  Output out_;
  ProgressBar bar_{"update"};
  std::uint32_t shown_ = 0;                 // the session whose progress that is
  std::uint64_t received_ = 0, total_ = 0;  // of the update that runs
  std::optional<sim::Nanos> modelled_;      // of the update that runs
  std::uint64_t reported_ = 0;              // bytes at the last progress event
  std::string running_;                     // "demo 1.1.0", for lines for people
};

}  // namespace updraft::cli
