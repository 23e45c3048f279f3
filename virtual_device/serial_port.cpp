#include "virtual_device/serial_port.hpp"

namespace updraft::device {
namespace {

constexpr std::string_view kLine = "line";  // in KeptNumbers: the device's end of it

linux_port::Pty take(const std::filesystem::path& link, const KeptNumbers& kept) {
  const auto line = kept.find(kLine);
  if (line == kept.end()) return linux_port::Pty(link);
  return {link, static_cast<int>(line->second)};
}

}  // namespace

SerialPort::SerialPort(const DoorContext& context, Scheme by, const std::filesystem::path& link,
                       const KeptNumbers& kept, std::unique_ptr<linux_port::Connection> connection)
    : pty_(take(link, kept)) {
  context.reactor.serial(pty_.fd(), std::move(connection));
  Listening listening = listening_by(by, context);
  listening.address = link.string();
  context.events.on_listening(listening);
}

void SerialPort::keep(KeptNumbers& kept) {
  kept[std::string(kLine)] = static_cast<std::uint64_t>(pty_.keep_open());
}

}  // namespace updraft::device
