#include "ports/linux/replace_file.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".new-";  // after the file's name, before the random part
constexpr std::size_t kRandomBytes = 8;

fs::path name_beside(const fs::path& file) {
  std::array<std::byte, kRandomBytes> random;
  crypto::random_bytes(random);
  std::array<std::byte, 2 * kRandomBytes> digits;
  write_hex(random, digits);
  return file.string().append(kMark).append(as_text(digits));
}

[[noreturn]] void fail_with(int error, const fs::path& file) {
  throw std::system_error(error, std::generic_category(), file.string());
}

}  // namespace

int write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

fs::path write_beside(const fs::path& file, Bytes bytes, unsigned mode) {
  fs::path beside = name_beside(file);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int fd = open(beside.c_str(), flags, mode);
  if (fd < 0) fail_with(errno, file);
  int error = write_all(fd, bytes);
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0) return beside;
  (void)unlink(beside.c_str());
  fail_with(error, file);
}

void replace_file(const fs::path& file, Bytes bytes, unsigned mode) {
  const fs::path beside = write_beside(file, bytes, mode);
  if (rename(beside.c_str(), file.c_str()) == 0) return;
  const int error = errno;
  (void)unlink(beside.c_str());
  fail_with(error, file);
}

void remove_leftovers(const fs::path& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t mark = name.rfind(kMark);
    if (mark == name.npos || name.size() - mark != kMark.size() + 2 * kRandomBytes) continue;
    (void)unlink(entry.path().c_str());  // no directory goes this way
  }
}

}  // namespace updraft::linux_port
