#include "virtual_device/esphome_door.hpp"

#include "cli/words/stop.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/noise_link.hpp"

namespace updraft::device {
namespace {

class EsphomeConnection final : public linux_port::Connection {
 public:
  EsphomeConnection(const DoorContext& context, link::LoginGuards& guards,
                    const link::EsphomeDevice::Config& config,
                    const std::optional<link::NoiseKey>& key)
      : context_(context), guards_(guards), config_(config), key_(key) {}
  link::Link& link() override {
    return noise_ ? static_cast<link::Link&>(*noise_) : static_cast<link::Link&>(*device_);
  }
  void connected(const std::string&) override {
    config_.from = origin;
    device_.emplace(context_.intake, guards_, config_);
    if (key_) noise_.emplace(link::NoiseLink::Side::responder, *device_, *key_);
  }
  void closed(const Result<>& outcome) override {
    if (!device_->attempted()) context_.stranger();
    context_.ended(outcome);
  }

 private:
  const DoorContext& context_;
  link::LoginGuards& guards_;
  link::EsphomeDevice::Config config_;
  const std::optional<link::NoiseKey>& key_;
  std::optional<link::EsphomeDevice> device_;
  std::optional<link::NoiseLink> noise_;
};

}  // namespace

void EsphomeDoor::add_options(CLI::App& command) {
  command.add_option("--esphome", port_, "ESPHome's OTA, with password or without; 0: any port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
  command.add_option("--esphome-version", version_, "of that protocol: 1 acknowledges no blocks")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  command.add_flag("--esphome-legacy", legacy_, "ask everybody by MD5, as before 2025.10");
  cli::add_noise_key_option(command, key_option_);
  password_.add_options(command, "esphome");
}

void EsphomeDoor::check() {
  key_ = cli::read_noise_key(key_option_);
  if (key_ && (legacy_ || version_ != 2)) {
    throw cli::Stop(cli::kUsage, "--esphome-key: Noise came with version 2 and its longer header");
  }
  if (!key_) secret_ = cli::known_password(password_.given());
}

std::unique_ptr<OpenDoor> EsphomeDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  guards_ = {};  // a restart forgets
  Listening listening = listening_by(kEsphome, context);
  if (secret_.empty() && !key_) listening.policy = best_unproven_trust(context.policy, kEsphome);
  return std::make_unique<TcpPort>(context, listening, *port_, kept, [this, &context] {
    return std::make_unique<EsphomeConnection>(
        context, guards_,
        link::EsphomeDevice::Config{.password = secret_,
                                    .version = static_cast<std::uint8_t>(version_),
                                    .legacy = legacy_,
                                    .noise = key_.has_value()},
        key_);
  });
}

}  // namespace updraft::device
