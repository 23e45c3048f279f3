// The ways in to a virtual device, and the status that it shows there.
#include <algorithm>
#include <stdexcept>

#include "virtual_device/virtual_device.hpp"

namespace updraft::device {

void VirtualDevice::open_doors() {
  if (modelled() || network_.modelled()) intake_.emplace(device_.intake(), network_, flash_);
  Intake& intake = intake_ ? static_cast<Intake&>(*intake_) : device_.intake();
  context_.emplace(
      DoorContext{.options = options_,
                  .name = name_,
                  .id = state_.identity().id,
                  .policy = device_.policy(),
                  .reactor = reactor_,
                  .intake = intake,
                  .updater = device_.updater(),
                  .steering = device_.steering(),
                  .parts = device_.parts(),
                  .boot = device_.boot_control(),
                  .signing = device_.signing(),
                  .files = files_,
                  .events = events_,
                  .app = device_.app(),
                  .most_bytes = device_.update_payload_bytes(),
                  .most_data = device_.most_data_bytes(),
                  .ended = [this](const Result<>& outcome) { on_connection_closed(outcome); },
                  .stranger = [this] { strangers_.count(); },
                  .restart = [this](ResetReason reason) { reset(reason); },
                  .arm = [this](std::uint64_t seconds) { return arm_for(seconds); },
                  .armed_for = [this] { return armed_for(); },
                  .status = [this] { return status_filler(); }});
  for (const auto& door : doors_) {
    const std::string name(door->protocol().name);
    if (options_.pull && options_.pull->scheme == door->protocol()) {
      if (auto pulling = door->pull(*context_)) puller_ = std::move(pulling);
    }
    if (door->asked_for()) open_doors_[name] = door->open(*context_, last_.doors[name]);
  }
}

// Of a device that only fetches, or is reached by a line, there is nothing to find.
void VirtualDevice::announce() {
  const std::vector<Listening>& listening = events_.listening();
  const auto first =
      std::ranges::find_if(listening, [](const Listening& one) { return one.port != 0; });
  if (!options_.announced || first == listening.end()) return;
  const bool paired =
      std::ranges::any_of(open_doors_, [](const auto& opened) { return opened.second->paired(); });
  std::vector<AnnouncedService> services;
  services.push_back({.type = "_updraft._tcp",
                      .port = first->port,
                      .text = announced_text(state_.identity(), device_.app(), listening, paired)});
  for (const auto& [name, opened] : open_doors_) {
    for (AnnouncedService& service : opened->announces()) services.push_back(std::move(service));
  }
  announcing_.emplace(reactor_, events_).start(options_.listen, name_, std::move(services));
}

// Asked for once the last update is settled, and before the next.
std::function<void(Status&)> VirtualDevice::status_filler() {
  if (const auto image = device_.other_image()) {  // what a rollback would bring back
    previous_ = {image->app.version, image->app.project_name};
  }
  return [this](Status& status) { fill(status); };
}

void VirtualDevice::fill(Status& status) {
  status.running = device_.app().image;
  const sim::Efuse& efuse = state_.identity().efuse;
  status.chip_id = efuse.chip->id;
  if (!efuse.ignore_max_revision) {
    status.chip_revision = efuse.revision;
    status.block_revision = efuse.block_revision;
  }
  status.slot = Text<16>(device_.app().partition.label.view());
  status.slot_bytes = device_.update_slot_bytes();
  if (const auto factory = device_.boot_control().factory()) status.factory = factory->label;
  if (options_.keys) status.sealed = options_.keys->held();
  status.inflate_window = codec::kInflateWindow;
  status.takes_delta = !device_.rescue().hands_over();
  status.state = device_.boot_control().running_state();
  if (device_.parts() != nullptr) status.data_on_trial = device_.parts()->keeper().on_trial();
  status.confirms_itself = options_.confirm == Confirm::automatic;
  if (confirm_at_ && pending()) status.confirm_in = *confirm_at_ - reactor_.now();
  if (give_up_at_ && pending()) status.give_up_in = *give_up_at_ - reactor_.now();
  status.uptime = std::chrono::duration_cast<Millis>(reactor_.now().time_since_epoch());
  status.boot = boot_number_;
  if (!status_.wrote()) status.previous = previous_;
  rescue_version_->fill(status);
  status.refuses_downgrade = (options_.policy.is_older != nullptr);
  status.remembered_count = device_.updater().remembered(status.remembered);
  status_.fill(status);
}

// Once all doors have taken leave, or after kPartingMs.
void VirtualDevice::close_doors() {
  if (open_doors_.empty()) return reactor_.stop();
  constexpr Millis kPartingMs{500};  // for last words to go out before a restart
  reactor_.after(kPartingMs, [this] { reactor_.stop(); });
  const auto left = std::make_shared<std::size_t>(open_doors_.size());
  for (const auto& [name, opened] : open_doors_) {
    opened->go_away([this, left] {
      if (--*left == 0) reactor_.stop();
    });
  }
}

}  // namespace updraft::device
