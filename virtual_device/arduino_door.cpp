#include "virtual_device/arduino_door.hpp"

#include "engine/format/chip.hpp"
#include "host/desk/cannot_listen.hpp"
#include "protocols/arduino/arduino_device.hpp"

namespace updraft::device {
namespace {

// The machine, whose ends the device hears of as well.
class ArduinoPort final : public OpenDoor, public link::DatagramLink {
 public:
  ArduinoPort(const DoorContext& context, const link::ArduinoDevice::Config& config)
      : context_(context), machine_(context.intake, config), asks_(!config.password.empty()) {}

  // Where it was before the restart, else on `wanted`. Throws host::Trouble.
  std::uint16_t open(std::uint16_t wanted, const KeptNumbers& kept) {
    const std::string& address = context_.options.listen;
    const auto before = kept.find(kKeptPort);
    port_ = before == kept.end() ? wanted : static_cast<std::uint16_t>(before->second);
    const Result<std::uint16_t> real = open_port(
        port_, [&](std::uint16_t at) { return context_.reactor.datagrams(address, at, *this); });
    if (real) return port_ = *real;
    throw host::cannot_listen(address, "UDP port " + std::to_string(port_), real.error());
  }
  void keep(KeptNumbers& kept) override { kept[std::string(kKeptPort)] = port_; }
  // As the IDE looks for its network ports (arduino-ota.md section 1).
  std::vector<AnnouncedService> announces() const override {
    const std::string chip(format::chip_name(context_.app.image.header.chip_id));
    return {{.type = "_arduino._tcp",
             .port = port_,
             .text = {"board=" + chip, "tcp_check=no", "ssh_upload=no",
                      asks_ ? "auth_upload=yes" : "auth_upload=no"}}};
  }

  void on_datagram(const link::PeerAddress& from, Bytes bytes, Instant now) override {
    machine_.on_datagram(from, bytes, now);
  }
  void on_deadline(Instant now) override { machine_.on_deadline(now); }
  void on_called_back(const Result<>& outcome, Instant now) override {
    machine_.on_called_back(outcome, now);
    context_.ended(outcome);
  }
  std::optional<Datagram> write_to(MutableBytes tx) override { return machine_.write_to(tx); }
  std::optional<Call> call_back() override { return machine_.call_back(); }
  std::optional<Instant> deadline() const override { return machine_.deadline(); }

 private:
  const DoorContext& context_;
  link::ArduinoDevice machine_;
  bool asks_;  // for a password
  std::uint16_t port_ = 0;
};

}  // namespace

void ArduinoDoor::add_options(CLI::App& command) {
  command.add_option("--arduino", port_, "ArduinoOTA, with or without a password; 0: any port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
  command.add_flag("--arduino-legacy", legacy_, "ask for it as Arduino cores before 3.3.1 do");
  password_.add_options(command, "arduino");
}

std::unique_ptr<OpenDoor> ArduinoDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  auto port = std::make_unique<ArduinoPort>(
      context, link::ArduinoDevice::Config{
                   .password = secret_, .legacy = legacy_, .targets = context.parts});
  Listening listening = listening_by(kArduino, context);
  listening.port = port->open(*port_, kept);
  if (secret_.empty()) listening.policy = best_unproven_trust(context.policy, kArduino);
  context.events.on_listening(listening);
  return port;
}

}  // namespace updraft::device
