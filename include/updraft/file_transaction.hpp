// The files of a device beside its firmware, changed all together or not at all. A port implements
// this on its file system; BundleInstaller is its only user.
//
// New files stand beside the files in use until a commit. After a power cut at any point the port
// has the old files or the new ones, and completes that at its next start.
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
  // Whether the path can be written: it lies inside, and only directories and files are in its way.
  // Errors: bad_path.
  virtual Result<> expect(std::string_view path, std::uint64_t size) = 0;
  virtual Result<> open(std::string_view path) = 0;  // errors: bad_path, flash
  virtual Result<> write(Bytes bytes) = 0;           // into the file opened last; error: flash
  // The new files take the place of the old ones, now. Error: flash.
  virtual Result<> commit() = 0;
  // The new files take the place of the old ones once `slot` runs; if another slot runs after the
  // restart, they are dropped. While the image is on trial the old files are kept. Error: flash.
  virtual Result<> commit_with(const Slot& slot) = 0;
  // Once committed: false if all files that came were there already, and nothing was written. A
  // port that does not compare says that they were not.
  virtual bool changed() const { return true; }
  virtual void abort() = 0;  // at any time, also after commit_with(): the old files stay

 protected:
  ~FileTransaction() = default;
};

}  // namespace updraft
