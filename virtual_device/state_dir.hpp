// DIR of `--state DIR`: everything a virtual device is. Starting again with the same DIR is a power
// cycle; killing the process is a power cut.
//
//   lock           held by the process that is the device (state_lock.hpp)
//   flash.bin      the flash, byte for byte; Espressif's tools open it, and a dump of a chip works
//   device.json    eFuses and bootloader; made from flash.bin if a dump came alone
//   fs/            files beside the firmware (ports/linux/file_store.hpp)
//   https.pem      certificate and key of --https, if none was given (tls_identity.hpp)
//   native-pairing, pairing   of --native (pairing_file.hpp)
//   weak-sectors   numbers of sectors whose last erase was cut short, one a line
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/mapped_file.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/options.hpp"
#include "virtual_device/state_lock.hpp"

namespace updraft::device {

class StateDir {
 public:
  // Makes a new device where there is none; `kept`: the lock that the process before handed over.
  // Throws std::runtime_error with a sentence.
  StateDir(const Options& options, std::optional<int> kept);

  MutableBytes flash() { return flash_.bytes(); }
  Identity& identity() { return identity_; }
  bool fresh() const { return fresh_; }  // it was made just now
  std::vector<std::uint32_t> weak_sectors() const;
  int keep_lock() { return lock_.keep_open(); }

  // Write what has changed, and nothing else. False: it could not be written.
  bool save_identity();
  bool save_weak_sectors(const std::vector<std::uint32_t>& sectors);

 private:
  static bool provide(const Options& options);
  bool save(std::string_view name, const std::string& text);

  std::filesystem::path dir_;
  StateLock lock_;  // before everything else is opened
  bool fresh_;
  linux_port::MappedFile flash_;
  Identity identity_;
  std::map<std::string, std::string, std::less<>> saved_;  // texts of small files, by their names
};

}  // namespace updraft::device
