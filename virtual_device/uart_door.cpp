#include "virtual_device/uart_door.hpp"

#include "protocols/uart/uart_device.hpp"
#include "virtual_device/serial_port.hpp"

namespace updraft::device {
namespace {

class Line final : public linux_port::Connection {
 public:
  Line(const DoorContext& context, link::LinkDecryptor* decryptor)
      : context_(context),
        device_(context.intake, {.slot_size = context.most_bytes, .decryptor = decryptor}) {}
  link::Link& link() override { return device_; }
  void closed(const Result<>& outcome) override { context_.ended(outcome); }

 private:
  const DoorContext& context_;
  link::UartDevice device_;
};

}  // namespace

void UartDoor::add_options(CLI::App& command) {
  command.add_option("--uart", link_, "a bare image over a serial line, made as LINK")
      ->type_name("LINK");
  cipher_.add_options(command, "uart");
}

void UartDoor::check() {
  if (const auto cipher = cipher_.read()) decryptor_.emplace(*cipher);
}

std::unique_ptr<OpenDoor> UartDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  link::LinkDecryptor* const decryptor = decryptor_ ? &*decryptor_ : nullptr;
  return std::make_unique<SerialPort>(context, kUart, *link_, kept,
                                      std::make_unique<Line>(context, decryptor));
}

}  // namespace updraft::device
