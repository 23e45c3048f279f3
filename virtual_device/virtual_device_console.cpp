#include <algorithm>
#include <charconv>
#include <utility>

#include "virtual_device/virtual_device.hpp"

namespace updraft::device {

// What a person types to a virtual device, and what that does.

Result<> VirtualDevice::confirm() { return device_.steering().confirm(); }

void VirtualDevice::on_console(std::string_view line) {
  constexpr std::string_view kRetry = "retry ", kRestart = "restart ", kArm = "arm";
  const auto report = [this](const Result<>& result) {
    if (!result) events_.on_warning(sentence(result.error()));
    return result.has_value();
  };
  if (line == "confirm") {
    report(confirm());
  } else if (line == "rollback") {
    const bool done = report(device_.steering().roll_back(RolledBack::went_back));
    if (done) reset(ResetReason::rollback);
  } else if (line == kArm || line.starts_with("arm ")) {
    arm(line.substr(std::min(line.size(), kArm.size() + 1)));
  } else if (line == "disarm") {
    disarm();
  } else if (line.starts_with(kRetry)) {
    const auto image = parse_image_name(line.substr(kRetry.size()));
    if (!image) return events_.on_warning("retry: want the 16 hex digits that name the image");
    report(device_.updater().let_in(*image));
  } else if (line.starts_with(kRestart)) {
    if (report(device_.updater().restart_into(line.substr(kRestart.size())))) {
      reset(ResetReason::console);
    }
  } else if (line == "reboot") {
    reset(ResetReason::console);
  } else if (line == "status") {
    report_status();
  } else if (!line.empty() && !to_doors(line)) {
    events_.on_warning(
        "the console knows: confirm, rollback, retry DIGEST, arm [SECONDS], disarm, reboot, "
        "restart APP, "
        "status; unpair with --native");
  }
}

bool VirtualDevice::to_doors(std::string_view line) {
  return std::ranges::any_of(open_doors_,
                             [line](auto& opened) { return opened.second->on_console(line); });
}

// Whoever has the console has the device.
void VirtualDevice::arm(std::string_view text) {
  std::uint32_t seconds = kArmSeconds;
  const char* const first = text.data();
  const char* const end = first + text.size();
  const bool sound = text.empty() || std::from_chars(first, end, seconds).ptr == end;
  const Result<> armed = sound ? arm_for(seconds) : fail(Code::not_wanted, Where::device);
  if (armed) return;
  events_.on_warning(armed.error().code == Code::keyset_missing
                         ? "there is no KeySet: nothing is kept out that arming would let in"
                         : "arm: want 10 to 3600 seconds");
}

Result<> VirtualDevice::arm_for(std::uint64_t seconds) {
  SignedUpdates* const signing = device_.signing();
  if (signing == nullptr || signing->key_set_version() == 0) {
    return fail(Code::keyset_missing, Where::device);
  }
  if (seconds < kLeastArmSeconds || seconds > kMostArmSeconds) {
    return fail(Code::not_wanted, Where::device, seconds, kMostArmSeconds);
  }
  const std::chrono::seconds time(seconds);
  signing->arm();
  armed_until_ = reactor_.now() + time;
  events_.on_armed(static_cast<std::uint32_t>(seconds));
  reactor_.after(time, [this, armed = ++times_armed_] {
    if (armed == times_armed_) disarm();
  });
  return {};
}

std::uint32_t VirtualDevice::armed_for() const {
  const Millis left = armed_until_ - reactor_.now();
  return static_cast<std::uint32_t>(std::max<Millis::rep>(left.count(), 0) / 1000);
}

void VirtualDevice::disarm() {
  SignedUpdates* const signing = device_.signing();
  if (signing == nullptr || !signing->armed()) return;
  signing->disarm();
  events_.on_disarmed();
}

// The state may have changed since the boot.
void VirtualDevice::report_status() {
  sim::BootedApp app = device_.app();
  app.state = device_.boot_control().running_state();
  events_.on_status(app);
}

}  // namespace updraft::device
