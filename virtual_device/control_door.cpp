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
  Line(const Inside& inside, MutableBytes memory)
      : inside_(inside),
        device_(inside.intake, memory, {.version = version_of(inside.app.image.app)}) {}
  link::Link& link() override { return device_; }
  // It closes when an update is installed and its time is up.
  void closed(const Result<>& outcome) override {
    if (outcome) inside_.restart(ResetReason::update);
  }

 private:
  const Inside& inside_;
  link::ControlDevice device_;
};

class OpenedLine final : public Opened {
 public:
  OpenedLine(const Inside& inside, const std::filesystem::path& link, const Kept& kept)
      : pty_(take(link, kept)), memory_(link::kControlFrameBytes) {
    inside.reactor.serial(pty_.fd(), std::make_unique<Line>(inside, memory_));
  }
  void keep(Kept& kept) override {
    kept[std::string(kLine)] = static_cast<std::uint64_t>(pty_.keep_open());
  }

 private:
  static linux_port::Pty take(const std::filesystem::path& link, const Kept& kept) {
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

std::unique_ptr<Opened> ControlDoor::open(const Inside& inside, const Kept& kept) {
  auto opened = std::make_unique<OpenedLine>(inside, *link_, kept);
  Listening listening = listening_by(kControl, inside.options);
  listening.address = link_->string();
  inside.events.on_listening(listening);
  return opened;
}

}  // namespace updraft::device
