// A file as memory: every write is in the file immediately, also if the process is killed.
#pragma once
#include <cstdint>
#include <filesystem>

#include "updraft/bytes.hpp"

namespace updraft::linux_port {

class MappedFile {
 public:
  // Opens an existing file and takes a lock on it, so that two processes never share one.
  // Throws std::runtime_error with a sentence: missing, empty, locked, not mappable.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  MutableBytes bytes() { return bytes_; }
  // Takes room on the disk for all of it: a write to a hole of the file on a full disk would end
  // the process. Throws std::runtime_error where there is none; on file systems that cannot, does
  // nothing.
  void allocate();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  MutableBytes bytes_;
};

}  // namespace updraft::linux_port
