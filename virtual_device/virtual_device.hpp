// One power cycle of a virtual device: boots from its state directory, runs the app it finds (which
// is the Updraft library), and ends with a reset or because it was told to stop.
#pragma once
#include <optional>

#include "engine/rescue/rescue_version.hpp"
#include "ports/linux/file_store.hpp"
#include "ports/linux/reactor.hpp"
#include "sim/device.hpp"
#include "virtual_device/door.hpp"
#include "virtual_device/events.hpp"
#include "virtual_device/options.hpp"
#include "virtual_device/paced_intake.hpp"
#include "virtual_device/reset.hpp"
#include "virtual_device/state_dir.hpp"
#include "virtual_device/strangers.hpp"

namespace updraft::device {

class VirtualDevice final : private Observer, private parts::PartEvents {
 public:
  // All outlive it. `doors`: those that there are; those that are asked for will be open.
  // Throws std::runtime_error with a sentence if the device cannot be opened or made.
  VirtualDevice(const Options& options, DoorSpan doors, Events& events, const Reset& last);
  ~VirtualDevice();

  // Until it resets (what to hand to restart()), or until a signal stops it (nullopt).
  // Throws std::runtime_error if nothing boots or a port cannot be opened.
  std::optional<Reset> run();

 private:
  Reset next_start();
  void prepare_flash();
  void warn_of_what_does_nothing();
  void boot();
  bool leave_if_it_cannot_stay_up();
  void start_rescue();
  void tell_rollback();
  void rolled_back(std::string_view reason);
  void open_doors();
  void announce();
  void start_app();
  void confirm_by_itself();
  std::function<void(Status&)> status_filler();
  void fill(Status& status);
  void close_doors();
  void settle_files();
  void start_pulling();
  void on_connection_closed(const Result<>& outcome);
  void restart_soon();
  void bring_now(const std::string& label);
  void on_console(std::string_view line);
  bool to_doors(std::string_view line);
  void report_status();
  void tell_key_set();
  void arm(std::string_view seconds);
  Result<> arm_for(std::uint64_t seconds);
  std::uint32_t armed_for() const;
  void disarm();
  void reset(ResetReason reason);
  bool pending() { return device_.steering().pending(); }
  Result<> confirm();
  std::string app_behaviour();
  void keep_pace();
  bool modelled() const { return options_.flash_timing != "none"; }
  void save();

  void on_state(UpdateState state) override;
  void on_progress(std::uint64_t received, std::uint64_t total) override;
  void on_installed(const Installed& installed) override;
  void on_files_installed(const FilesInstalled& installed) override;
  void on_current(const Session& session, const format::ImageInfo& image) override;
  void on_begun(const Session& session) override;
  void on_key_set(std::uint64_t version) override { key_set_taken_ = version; }
  void on_ended(const Session& session, const Error& error) override;
  void on_confirmed() override;
  void on_part(const parts::PartNews& news) override;
  void on_remembered(const Remembered& image) override { events_.on_remembered(image); }
  void on_let_in(const crypto::Sha256Digest& digest) override { events_.on_let_in(digest); }

  const Options& options_;
  DoorSpan doors_;
  Events& events_;
  Reset last_;
  StateDir state_;
  std::string name_;  // on the local network
  sim::VirtualClock clock_;
  StatusKeeper status_;  // the updater's observer, in front of this one
  sim::NorFlash flash_;
  sim::Downlink network_;
  sim::Device device_;
  std::optional<PacedIntake>
      intake_;  // to the device's Updater, at a modelled pace if one was asked for
  sim::Nanos update_began_{0};
  sim::Nanos read_before_verify_{0};
  linux_port::FileStore files_;
  std::optional<DoorContext> context_;
  // Connections go with the reactor, and use these to the end.
  std::map<std::string, std::unique_ptr<OpenDoor>> open_doors_;  // by the names of their protocols
  std::optional<Announcing> announcing_;
  std::unique_ptr<Pulling> puller_;
  linux_port::Reactor reactor_;
  Strangers strangers_{reactor_, events_};
  std::optional<Status::Previous> previous_;
  std::optional<Instant> confirm_at_, give_up_at_;
  std::uint32_t boot_number_ = 0;
  std::uint32_t times_armed_ = 0;  // since this start
  Instant armed_until_{};
  std::uint32_t session_ = 0;                   // that runs, or ran last
  std::optional<std::uint64_t> key_set_taken_;  // by the session that ends
  bool wrote_ = false;                          // it came as far as writing
  bool brings_now_ = false;                     // something of --now, once its session is over
  bool restart_wanted_ = false;                 // by how the last data or files came
  bool restart_due_ = false;  // what is installed came by a protocol that leaves the restart to us
  std::optional<RescueReason> rescue_;  // why the rescue app runs
  std::optional<RescueVersion> rescue_version_;
  std::optional<ResetReason> reset_;
  sim::Nanos slept_{0};
};

}  // namespace updraft::device
