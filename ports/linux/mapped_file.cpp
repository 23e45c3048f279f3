#include "ports/linux/mapped_file.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace updraft::linux_port {

MappedFile::MappedFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
  const auto stop = [&](const std::string& why) {
    if (descriptor_ >= 0) close(descriptor_);
    throw std::runtime_error(path.string() + ": " + why);
  };
  if (descriptor_ < 0) stop(std::strerror(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) stop("another device is running on it");
  struct stat info{};
  if (fstat(descriptor_, &info) != 0 || info.st_size <= 0) stop("the file is empty");
  const auto size = static_cast<std::size_t>(info.st_size);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) stop(std::strerror(errno));
  bytes_ = {static_cast<std::byte*>(memory), size};
}

void MappedFile::allocate() {
  if (fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes_.size())) == 0 || errno != ENOSPC)
    return;
  throw std::runtime_error(path_.string() + ": the disk has no room for all of it");
}

MappedFile::~MappedFile() {
  munmap(bytes_.data(), bytes_.size());
  close(descriptor_);
}

}  // namespace updraft::linux_port
