#include "device/virtual_device.hpp"

#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <unistd.h>

#include "sim/demo_image.hpp"

namespace updraft::device {
namespace {

constexpr Millis kSelfTest{200};  // before a healthy app confirms, or a bad one crashes
constexpr Millis kLongestPullPause{30'000};
constexpr std::uint64_t kFileBytes = 16u << 20;  // that one bundle may bring

sim::BootBuild build_of(const std::string& word) {
  if (word == "plain") return sim::BootBuild::plain;
  if (word == "rollback") return sim::BootBuild::rollback;
  if (word == "anti-rollback") return sim::BootBuild::anti_rollback;
  throw std::runtime_error("device.json: there is no bootloader \"" + word + "\"");
}

sim::Cut cut_of(const std::string& word) {
  for (const auto cut : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    if (word == sim::name(cut)) return cut;
  }
  throw std::runtime_error("there is no power cut \"" + word + "\"");
}

const sim::FlashTiming& timing_of(const std::string& word) {
  const sim::FlashTiming* timing = sim::find_flash_timing(word);
  if (timing == nullptr) throw std::runtime_error("there is no flash timing \"" + word + "\"");
  return *timing;
}

}  // namespace

VirtualDevice::VirtualDevice(const Options& options, Events& events, const Reset& last)
    : options_(options),
      events_(events),
      last_(last),
      state_(options),
      flash_(state_.flash(), clock_, {.timing = timing_of(options.flash_timing)}),
      device_(flash_, state_.identity().efuse, build_of(state_.identity().bootloader),
              options.policy, *this),
      files_(options.state, kFileBytes) {
  prepare_flash();
}

VirtualDevice::~VirtualDevice() = default;

std::optional<Reset> VirtualDevice::run() {
  boot();
  open_ports();
  start_app();
  reactor_.on_signal([this](int) { reactor_.stop(); });
  reactor_.on_line(STDIN_FILENO, [this](std::string_view line) { on_console(line); });
  reactor_.run();
  save();
  if (!reset_) return std::nullopt;
  events_.on_reboot(name(*reset_));
  Reset next{.reason = *reset_, .raw_port = raw_port_, .bundle_port = bundle_port_};
  if (options_.cut_power_at) {
    const std::uint64_t budget = last_.operations_left.value_or(*options_.cut_power_at);
    next.operations_left = budget - std::min(budget, flash_.operations());
  }
  return next;
}

void VirtualDevice::prepare_flash() {
  flash_.mark_weak(state_.weak_sectors());
  if (!options_.cut_power_at) return;
  const std::uint64_t operation = last_.operations_left.value_or(*options_.cut_power_at);
  flash_.on_cut([this] {
    state_.save_weak_sectors(flash_.weak_sectors());
    std::raise(SIGKILL);
  });
  flash_.cut_power_at(operation, cut_of(options_.cut_variant));
}

void VirtualDevice::boot() {
  const sim::BootReport& report = device_.power_on();
  save();  // the bootloader may have raised the anti-rollback counter
  if (!report.app) {
    events_.on_no_boot(report.app.error(), report.trace);
    throw std::runtime_error("no app boots; `updraft inspect` of the state tells why");
  }
  tell_rollback();
  events_.on_boot(*report.app, report.trace);
  const bool by_power = last_.reason == ResetReason::power_on;
  device_.start(by_power ? StartedBy::power : StartedBy::reset);
  settle_files();
}

// The bootloader goes back by marking the record it no longer trusts.
void VirtualDevice::tell_rollback() {
  for (const sim::RecordWrite& write : device_.boot().writes) {
    if (write.state != OtaState::aborted) continue;
    const std::string_view reason = last_.reason == ResetReason::panic
                                        ? "the new image crashed before it was confirmed"
                                        : "the new image was not confirmed before the restart";
    events_.on_rolled_back(device_.app().partition.label.view(), reason);
  }
  if (last_.reason == ResetReason::rollback) {
    events_.on_rolled_back(device_.app().partition.label.view(), "the new image was given up");
  }
}

void VirtualDevice::open_ports() {
  const std::uint32_t slot = device_.update_slot_bytes();
  raw_.emplace(reactor_, device_.updater(), slot, options_,
               [this](const Result<>& outcome, bool told) {
                 on_connection_closed(Scheme::raw, outcome, told);
               });
  puller_.emplace(reactor_, device_.updater(), slot, options_,
                  [this](const Result<>& outcome, bool told) {
                    on_connection_closed(Scheme::raw, outcome, told);
                    on_pull_closed(outcome);
                  });
  if (options_.bundle) open_bundle_port();
  if (!options_.raw) return;
  const Result<std::uint16_t> port = raw_->listen(last_.raw_port.value_or(*options_.raw));
  if (!port) cannot_listen(*options_.raw, port.error());
  raw_port_ = *port;
  events_.on_listening(
      {Scheme::raw, options_.listen, *port, weakest_accepted(options_.policy, Scheme::raw)});
}

void VirtualDevice::cannot_listen(std::uint16_t port, const Error& why) {
  throw std::runtime_error("cannot listen on " + options_.listen + " port " + std::to_string(port) +
                           ": " + std::strerror(static_cast<int>(why.found)));
}

void VirtualDevice::open_bundle_port() {
  Observer& observer = *this;
  bundle_.emplace(reactor_, device_.updater(), files_, observer, options_,
                  [this](const Result<>& outcome, bool told) {
                    on_connection_closed(Scheme::bundle, outcome, told);
                  });
  const Result<std::uint16_t> port = bundle_->listen(last_.bundle_port.value_or(*options_.bundle));
  if (!port) cannot_listen(*options_.bundle, port.error());
  bundle_port_ = *port;
  events_.on_listening({Scheme::bundle, options_.listen, *port, Trust::sender});
}

// The files follow the image that runs.
void VirtualDevice::settle_files() {
  if (!files_.settle(device_.boot_control().running().index, !pending())) {
    events_.on_warning("the files of this device cannot be put in order; is its disk full?");
  }
}

void VirtualDevice::start_app() {
  const bool unconfirmed = device_.app().state != OtaState::valid;
  const std::string behaviour = app_behaviour();
  if (behaviour == "crash" && unconfirmed) {
    reactor_.after(kSelfTest, [this] { reset(ResetReason::panic); });
  } else if (pending() && behaviour == "never-confirm") {
    reactor_.after(options_.confirm_within, [this] {
      if (pending()) reset(ResetReason::not_confirmed);
    });
  } else if (pending() && options_.confirm == Confirm::automatic) {
    reactor_.after(kSelfTest, [this] { (void)device_.updater().confirm(); });
  }
  const bool fresh_start = last_.reason == ResetReason::power_on;
  if (options_.pull_host && fresh_start && !pending()) start_pull();
}

// What the knobs ask for; else what a demo image says about itself.
std::string VirtualDevice::app_behaviour() {
  if (options_.app == App::crash && device_.app().state == OtaState::pending_verify) return "crash";
  if (options_.confirm == Confirm::never) return "never-confirm";
  std::array<std::byte, sim::kDemoHeadBytes> head{};
  (void)device_.boot_control().flash(device_.boot_control().running()).read(0, head);
  return std::string(sim::demo_app(head));
}

void VirtualDevice::start_pull() {
  events_.on_pulling("raw://" + *options_.pull_host + ":" + std::to_string(options_.pull_port));
  puller_->pull();
}

void VirtualDevice::on_connection_closed(Scheme scheme, const Result<>& outcome, bool told) {
  if (!outcome && !told) events_.on_ended(scheme, outcome.error());
  const bool files = bundle_ && bundle_->restart_due();
  const bool firmware = device_.updater().state() == UpdateState::installed;
  if (files || firmware) reset(ResetReason::update);
}

// Trouble on the way is tried again, more and more slowly; a refusal stands until the next
// power-on.
void VirtualDevice::on_pull_closed(const Result<>& outcome) {
  if (outcome || verdict(outcome.error().code) == Verdict::refused) return;
  reactor_.after(pull_pause_, [this] { start_pull(); });
  pull_pause_ = std::min(2 * pull_pause_, kLongestPullPause);
}

void VirtualDevice::on_console(std::string_view line) {
  const auto report = [this](const Result<>& result) {
    if (!result) events_.on_warning(sentence(result.error()));
    return result.has_value();
  };
  if (line == "confirm") {
    report(device_.updater().confirm());
  } else if (line == "rollback") {
    if (report(device_.updater().roll_back())) reset(ResetReason::rollback);
  } else if (line == "reboot") {
    reset(ResetReason::console);
  } else if (line == "status") {
    events_.on_boot(device_.app(), {});
  } else if (!line.empty()) {
    events_.on_warning("the console knows: confirm, rollback, reboot, status");
  }
}

void VirtualDevice::reset(ResetReason reason) {
  if (reset_) return;
  reset_ = reason;
  reactor_.stop();
}

// With --realtime the device is as slow as its flash.
void VirtualDevice::keep_pace() {
  if (!options_.realtime) return;
  const sim::Nanos behind = clock_.now() - slept_;
  slept_ = clock_.now();
  std::this_thread::sleep_for(behind);
}

void VirtualDevice::save() {
  state_.save_identity();
  state_.save_weak_sectors(flash_.weak_sectors());
}

void VirtualDevice::on_state(UpdateState state) {
  if (state == UpdateState::judging) flash_.reset_stats();
}

void VirtualDevice::on_progress(std::uint64_t received, std::uint64_t total) {
  keep_pace();
  events_.on_progress(received, total);
}

void VirtualDevice::on_installed(const Installed& installed) {
  keep_pace();
  events_.on_installed(installed);
  if (options_.flash_timing != "none") events_.on_flash_time(flash_.stats());
}

void VirtualDevice::on_files_installed(const FilesInstalled& installed) {
  events_.on_files_installed(installed);
}

void VirtualDevice::on_confirmed() {
  save();
  settle_files();
  events_.on_confirmed();
  if (options_.pull_host && last_.reason == ResetReason::power_on) start_pull();
}

}  // namespace updraft::device
