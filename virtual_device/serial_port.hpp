// A door's serial line: a pseudo terminal with a link to it, which stays open over restarts, and is
// told of once it is open.
#pragma once
#include <filesystem>

#include "ports/linux/pty.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class SerialPort final : public OpenDoor {
 public:
  // Throws std::runtime_error with a sentence if the link cannot be made.
  SerialPort(const DoorContext& context, Scheme by, const std::filesystem::path& link,
             const KeptNumbers& kept, std::unique_ptr<linux_port::Connection> connection);
  void keep(KeptNumbers& kept) override;

 private:
  linux_port::Pty pty_;
};

}  // namespace updraft::device
