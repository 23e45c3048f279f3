#include "virtual_device/raw_door.hpp"

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
  cipher_.add_options(command, "raw");
}

void RawDoor::check() {
  if (const auto cipher = cipher_.read()) decryptor_.emplace(*cipher);
}

std::unique_ptr<OpenDoor> RawDoor::open(const DoorContext& context, const KeptNumbers& kept) {
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
  return std::make_unique<Receiver<link::RawReceiver>>(
      context, kRaw,
      link::RawReceiver::Config{.slot_size = context.most_bytes,
                                .decryptor = decryptor_ ? &*decryptor_ : nullptr,
                                .fetches = fetches});
}

}  // namespace updraft::device
