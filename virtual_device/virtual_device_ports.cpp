// The ways in to a virtual device, and what it tells there about itself.
#include <cstring>
#include <stdexcept>

#include "virtual_device/tls_identity.hpp"
#include "virtual_device/virtual_device.hpp"

namespace updraft::device {

void VirtualDevice::open_ports() {
  const auto most = static_cast<std::uint32_t>(device_.update_payload_bytes());
  intake_.emplace(device_.updater(), network_, flash_);
  const auto closed = [this](const Result<>&) { on_connection_closed(); };
  if (options_.pull) {
    puller_.emplace(reactor_, *intake_, most, options_, events_, closed);
  }
  if (options_.bundle) open_bundle_port();
  if (options_.http || options_.https) open_http_ports();
  if (options_.control) open_control_port();
  if (!options_.raw) return;
  raw_.emplace(kRaw, reactor_, *intake_, most, options_, closed);
  const Result<std::uint16_t> port = raw_->listen(last_.raw_port.value_or(*options_.raw));
  if (!port) cannot_listen(*options_.raw, port.error());
  raw_port_ = *port;
  events_.on_listening({kRaw, options_.listen, *port, weakest_accepted(options_.policy, kRaw)});
}

void VirtualDevice::cannot_listen(std::uint16_t port, const Error& why) {
  throw std::runtime_error("cannot listen on " + options_.listen + " port " + std::to_string(port) +
                           ": " + std::strerror(static_cast<int>(why.found)));
}

void VirtualDevice::open_bundle_port() {
  bundle_.emplace(reactor_, device_.updater(), files_, options_,
                  [this](const Result<>&) { on_connection_closed(); });
  const Result<std::uint16_t> port = bundle_->listen(last_.bundle_port.value_or(*options_.bundle));
  if (!port) cannot_listen(*options_.bundle, port.error());
  bundle_port_ = *port;
  events_.on_listening({kBundle, options_.listen, *port, Trust::sender});
}

void VirtualDevice::open_http_ports() {
  keep_previous();
  http_.emplace(reactor_, *intake_, device_.updater(), options_,
                HttpPort::Handlers{[this](Status& status) { fill(status); },
                                   [this](link::WsWish wish) { on_wish(wish); }});
  Listening listening{kWs, options_.listen, 0, weakest_accepted(options_.policy, kWs)};
  const auto open = [&](std::uint16_t wanted, const ports::TlsContext* tls) {
    const Result<std::uint16_t> port = http_->listen(wanted, tls);
    if (!port) cannot_listen(wanted, port.error());
    listening.port = *port;
    events_.on_listening(listening);
    return *port;
  };
  if (options_.http) http_port_ = open(last_.http_port.value_or(*options_.http), nullptr);
  if (!options_.https) return;
  const ports::TlsIdentity identity = tls_identity(options_);
  listening.fingerprint = ports::fingerprint(identity.certificate);
  tls_.emplace(identity);
  https_port_ = open(last_.https_port.value_or(*options_.https), &*tls_);
}

// A host beside the device: what it is told of the app are its name and the numbers of its version.
void VirtualDevice::open_control_port() {
  const format::AppDescriptor& app = device_.app().image.app;
  const link::ControlVersion version{
      Text<link::ControlVersion::kNameBytes>(app.project_name.view()),
      link::version_numbers(app.version.view())};
  control_.emplace(reactor_, *intake_, options_, version, last_.control,
                   [this] { reset(ResetReason::update); });
  events_.on_listening(
      {kControl, options_.control->string(), 0, weakest_accepted(options_.policy, kControl)});
}

void VirtualDevice::fill(Status& status) {
  status.running = device_.app().image;
  status.chip_id = state_.identity().efuse.chip->id;
  status.slot = Text<16>(device_.app().partition.label.view());
  status.slot_bytes = device_.update_slot_bytes();
  if (options_.keys) status.sealed = options_.keys->held();
  status.state = device_.boot_control().running_state();
  status.confirms_itself = options_.confirm == Confirm::automatic;
  if (confirm_at_ && pending()) status.confirm_in = *confirm_at_ - reactor_.now();
  status.uptime = std::chrono::duration_cast<Millis>(reactor_.now().time_since_epoch());
  status.boot = boot_number_;
  status.policy = weakest_accepted(options_.policy, kWs);
  if (!status_.wrote()) status.previous = previous_;
  status_.fill(status);
}

// What a rollback would bring back.
void VirtualDevice::keep_previous() {
  if (const auto image = device_.other_image()) {
    previous_ = {image->app.version, image->app.project_name};
  }
}

}  // namespace updraft::device
