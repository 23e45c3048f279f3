// DIR of `--state DIR`: everything a virtual device is. Starting again with the same DIR is a power
// cycle; killing the process is a power cut.
//
//   flash.bin      the flash, byte for byte; Espressif's tools open it, and a dump of a chip works
//   device.json    eFuses and bootloader; made from flash.bin if a dump came alone
//   fs/            files beside the firmware (ports/linux/file_store.hpp)
//   https.pem      certificate and key of --https, if none was given (tls_identity.hpp)
//   weak-sectors   numbers of sectors whose last erase was cut short, one a line
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "ports/linux/mapped_file.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

class StateDir {
 public:
  // Makes a new device if there is none. Throws std::runtime_error with a sentence.
  explicit StateDir(const Options& options);

  MutableBytes flash() { return flash_.bytes(); }
  Identity& identity() { return identity_; }
  bool fresh() const { return fresh_; }  // it was made just now
  void save_identity();

  std::vector<std::uint32_t> weak_sectors() const;
  void save_weak_sectors(const std::vector<std::uint32_t>& sectors) const;

 private:
  static bool provide(const Options& options);

  std::filesystem::path dir_;
  bool fresh_;
  linux_port::MappedFile flash_;
  Identity identity_;
};

}  // namespace updraft::device
