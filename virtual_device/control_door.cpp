#include "virtual_device/control_door.hpp"

#include "ports/linux/pty.hpp"
#include "protocols/control/control_device.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kLine = "line";  // the device's end of it

// What a host gets to know of the app: its name and the numbers of its version.
link::ControlVersion version_of(const format::AppDescriptor& app) {
  return {Text<link::ControlVersion::kNameBytes>(app.project_name.view()),
          link::version_numbers(app.version.view())};
}

class Line final : public linux_port::Connection {
 public:
  Line(const DoorContext& context, MutableBytes memory)
      : context_(context),
        device_(context.intake, memory, {.version = version_of(context.app.image.app)}) {}
  link::Link& link() override { return device_; }
  // It closes when an update is installed and its time is up.
  void closed(const Result<>& outcome) override {
    if (outcome) context_.restart(ResetReason::update);
  }

 private:
  const DoorContext& context_;
  link::ControlDevice device_;
};

class OpenLine final : public OpenDoor {
 public:
  OpenLine(const DoorContext& context, const std::filesystem::path& link, const KeptNumbers& kept)
      : pty_(take(link, kept)), memory_(link::kControlFrameBytes) {
    context.reactor.serial(pty_.fd(), std::make_unique<Line>(context, memory_));
  }
  void keep(KeptNumbers& kept) override {
    kept[std::string(kLine)] = static_cast<std::uint64_t>(pty_.keep_open());
  }

 private:
  static linux_port::Pty take(const std::filesystem::path& link, const KeptNumbers& kept) {
    const auto line = kept.find(kLine);
    if (line == kept.end()) return linux_port::Pty(link);
    return {link, static_cast<int>(line->second)};
  }

  linux_port::Pty pty_;
  std::vector<std::byte> memory_;
};

}  // namespace

void ControlDoor::add_options(CLI::App& command) {
  command
      .add_option("--control", link_, "begin, write, end over a serial line, to which LINK is made")
      ->type_name("LINK");
}

std::unique_ptr<OpenDoor> ControlDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  auto opened = std::make_unique<OpenLine>(context, *link_, kept);
  Listening listening = listening_by(kControl, context);
  listening.address = link_->string();
  context.events.on_listening(listening);
  return opened;
}

}  // namespace updraft::device
