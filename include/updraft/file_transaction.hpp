// The files of a device beside its firmware, changed all at once or not at all. A port implements
// it on its file system; BundleInstaller is its only user.
//
// What is written stands beside the files that are in use until a commit; a power cut at any point
// leaves the old files or the new ones, as the port finds out at the next start.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/boot_control.hpp"
#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft {

class FileTransaction {
 public:
  // `total`: bytes of all files that will come. Errors: too_big (`expected`: what there is room
  // for), pending_confirm (the last files belong to firmware that is on trial), flash.
  virtual Result<> begin(std::uint64_t total) = 0;
  // Whether the path can be written: it lies inside, and nothing that is no file is in its way.
  // Errors: bad_path.
  virtual Result<> expect(std::string_view path, std::uint64_t size) = 0;
  virtual Result<> open(std::string_view path) = 0;  // errors: bad_path, flash
  virtual Result<> write(Bytes bytes) = 0;           // into the file opened last; error: flash
  // The new files take the place of the old ones, now. Error: flash.
  virtual Result<> commit() = 0;
  // They do once `slot` runs; if another one does after the restart, they are dropped. While its
  // image is on trial the old files are kept. Error: flash.
  virtual Result<> commit_with(const Slot& slot) = 0;
  virtual void abort() = 0;  // at any time, also after commit_with(): the old files stay

 protected:
  ~FileTransaction() = default;
};

}  // namespace updraft
