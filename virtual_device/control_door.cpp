#include "virtual_device/control_door.hpp"

#include "protocols/control/control_device.hpp"
#include "virtual_device/serial_port.hpp"

namespace updraft::device {
namespace {

// What a host gets to know of the app: its name and the numbers of its version.
link::ControlVersion version_of(const format::AppDescriptor& app) {
  return {Text<link::ControlVersion::kNameBytes>(app.project_name.view()),
          link::version_numbers(app.version.view())};
}

class Line final : public linux_port::Connection {
 public:
  explicit Line(const DoorContext& context)
      : context_(context),
        memory_(link::kControlFrameBytes),
        device_(context.intake, memory_, {.version = version_of(context.app.image.app)}) {}
  link::Link& link() override { return device_; }
  // It closes when an update is installed and its time is up.
  void closed(const Result<>& outcome) override {
    if (outcome) context_.restart(ResetReason::update);
  }

 private:
  const DoorContext& context_;
  std::vector<std::byte> memory_;
  link::ControlDevice device_;
};

}  // namespace

void ControlDoor::add_options(CLI::App& command) {
  command.add_option("--control", link_, "begin, write, end over a serial line, made as LINK")
      ->type_name("LINK");
}

std::unique_ptr<OpenDoor> ControlDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  return std::make_unique<SerialPort>(context, kControl, *link_, kept,
                                      std::make_unique<Line>(context));
}

}  // namespace updraft::device
