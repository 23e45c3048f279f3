#include "virtual_device/raw_door.hpp"

#include <stdexcept>

#include "protocols/raw/raw_receiver.hpp"
#include "virtual_device/puller.hpp"
#include "virtual_device/receiver.hpp"

namespace updraft::device {
namespace {
constexpr int kChipWindow = 5744;  // lwIP's default receive window
}

void RawDoor::add_options(CLI::App& command) {
  command.add_option("--raw", port_, "raw TCP; 0: any free port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
  command
      .add_option("--raw-to", target_,
                  "what comes by raw TCP is for this data partition, and not for the app: fs:LABEL")
      ->type_name("TARGET")
      ->needs("--raw");
  cipher_.add_options(command, "raw");
}

void RawDoor::check() {
  if (const auto cipher = cipher_.read()) decryptor_.emplace(*cipher);
}

// The table says which targets there are, so only a device that runs knows.
void RawDoor::aim(const DoorContext& context) {
  if (target_.empty()) return;
  const Error none = fail(Code::no_partition, Where::gate);
  const Result<std::uint8_t> found =
      context.parts != nullptr ? context.parts->find_target(target_) : Result<std::uint8_t>(none);
  if (!found) {
    throw std::runtime_error("--raw-to " + target_ + ": " +
                             std::string(sentence(found.error().code)));
  }
  aimed_.emplace(context.intake, *found);
}

std::unique_ptr<OpenDoor> RawDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  aim(context);
  return std::make_unique<TcpPort>(
      context, listening_by(kRaw, context), *port_, kept,
      [this, &context] { return receiver(context, false); },
      linux_port::ListenOptions{.receive_buffer = context.options.realtime ? kChipWindow : 0});
}

std::unique_ptr<linux_port::Connection> RawDoor::fetch(const DoorContext& context) {
  return receiver(context, true);
}

std::unique_ptr<Pulling> RawDoor::pull(const DoorContext& context) {
  return std::make_unique<Puller>(context, *this);
}

// The machine is the same whether the device listens or connects.
std::unique_ptr<linux_port::Connection> RawDoor::receiver(const DoorContext& context,
                                                          bool fetches) {
  const bool aimed = aimed_ && !fetches;
  return std::make_unique<Receiver<link::RawReceiver>>(
      context, kRaw, aimed ? static_cast<Intake&>(*aimed_) : context.intake,
      link::RawReceiver::Config{.slot_size = aimed ? context.most_data : context.most_bytes,
                                .decryptor = decryptor_ ? &*decryptor_ : nullptr,
                                .fetches = fetches});
}

}  // namespace updraft::device
