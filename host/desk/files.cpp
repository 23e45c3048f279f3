#include "host/desk/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/linux/private_key_file.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::host {
namespace {
using Kind = Trouble::Kind;

// A wrong name, or one that may not be touched, stays so however often it is tried.
bool is_the_names_fault(int error) {
  constexpr int kFaults[] = {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, EROFS};
  return std::ranges::find(kFaults, error) != std::end(kFaults);
}

}  // namespace

Trouble cannot(const std::string& verb, const std::string& path, int error) {
  const Kind kind = is_the_names_fault(error) ? Kind::usage : Kind::failed;
  return {kind, "cannot " + verb + " " + path + ": " + std::strerror(error)};
}

namespace {

class Descriptor {
 public:
  Descriptor(int number, bool ours) : number_(number), ours_(ours) {}
  ~Descriptor() {
    if (ours_ && number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
  bool ours_;
};

// A pipe or a device: it is written where it is. `path` is what a person called it.
void write_through(const std::string& path, Bytes bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC), true);
  if (file.number() < 0) throw cannot("write", path);
  if (const int error = linux_port::write_all(file.number(), bytes); error != 0) {
    throw cannot("write", path, error);
  }
}

Trouble too_large(const std::string& path, std::size_t most) {
  if (most == kMaxFileBytes) {
    return {Kind::refused, path + " is larger than any flash (128 MiB)"};
  }
  return {Kind::refused,
          path + " is larger than it can be (" + std::to_string(most / 1024) + " KiB)"};
}

// Until there are bytes, or their end. A FIFO that nobody has opened for writing reads as ended, so
// it is waited for as well.
void wait_for_more(int file, const std::string& path, std::chrono::seconds limit) {
  pollfd what{file, POLLIN, 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  const int ready = poll(&what, 1, static_cast<int>(milliseconds));
  if (ready != 0) return;
  throw Trouble(Kind::failed, path + ": nothing came for " + std::to_string(limit.count()) + " s");
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path, std::size_t most) {
  const bool standard_input = path == "-";
  // Without O_NONBLOCK, opening a FIFO waits for whoever writes to it.
  const Descriptor file(
      standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK),
      !standard_input);
  if (file.number() < 0) throw cannot("read", path);
  struct stat info{};
  if (fstat(file.number(), &info) != 0) throw cannot("read", path);
  if (S_ISDIR(info.st_mode)) throw Trouble(Kind::usage, path + " is a directory");
  if (S_ISCHR(info.st_mode) && isatty(file.number()) == 0 && !standard_input) {
    throw Trouble(Kind::refused, path + " is a device, not a file");
  }
  const bool regular = S_ISREG(info.st_mode);
  const auto size = static_cast<std::uint64_t>(regular ? info.st_size : 0);
  if (size > most) throw too_large(path, most);
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<std::size_t>(size));
  std::array<std::byte, 64 * 1024> part;
  while (true) {
    if (!regular) wait_for_more(file.number(), path, standard_input ? kInputSilence : kPipeSilence);
    const ssize_t got = ::read(file.number(), part.data(), part.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw cannot("read", path);
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > most) throw too_large(path, most);
    bytes.insert(bytes.end(), part.begin(), part.begin() + got);
  }
}

namespace {

// It may be the only one, and -o was meant for another file.
void spare_private_key(const std::string& path) {
  std::string text(linux_port::kMostKeyFile, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!linux_port::holds_private_key(text)) return;
  throw Trouble(Kind::usage, path + " holds a private key, so it stays; name another file");
}

}  // namespace

void write_file(const std::string& path, Bytes bytes) {
  std::error_code none;
  const auto there = std::filesystem::status(path, none);
  if (std::filesystem::is_directory(there)) throw Trouble(Kind::usage, path + " is a directory");
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return write_through(path, bytes);
  }
  spare_private_key(path);
  try {
    linux_port::replace_file(path, bytes);
  } catch (const std::system_error& error) {
    throw cannot("write", path, error.code().value());
  }
}

}  // namespace updraft::host
