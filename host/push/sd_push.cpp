#include "host/push/sd_push.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

#include "engine/core/hex.hpp"
#include "engine/crypto/digest.hpp"
#include "ports/linux/replace_file.hpp"
#include "protocols/link/sealing_source.hpp"
#include "protocols/sd/sd_names.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr mode_t kMode = 0666;  // what the umask leaves of it

// A file that is half written: a device looks at no name with a dot before it.
std::string hidden(const std::string& name) { return "." + name + ".part"; }

class Folder {
 public:
  explicit Folder(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~Folder() {
    if (fd_ >= 0) ::close(fd_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  bool is_open() const { return fd_ >= 0; }

  int create(const std::string& name) const {
    (void)unlinkat(fd_, name.c_str(),
                   0);  // what a kill has left, or a link that somebody put there
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return openat(fd_, name.c_str(), kFlags, kMode);
  }
  // On the disk, and then in one step under its name.
  bool finish(int file, const std::string& from, const std::string& to) const {
    const bool synced = fsync(file) == 0;
    const bool closed = ::close(file) == 0;
    if (!synced || !closed || renameat(fd_, from.c_str(), fd_, to.c_str()) != 0) return false;
    (void)fsync(fd_);
    return true;
  }
  void drop(int file, const std::string& name) const {
    ::close(file);
    (void)unlinkat(fd_, name.c_str(), 0);
  }

 private:
  int fd_;
};

Error no_room() { return {Code::unreachable, Where::link, static_cast<std::uint64_t>(errno)}; }

// The whole source into an open file; its digest.
Result<crypto::Sha256Digest> copy(link::Source& source, int file, const PushTo& to, Ended& ended) {
  crypto::Sha256 sha;
  std::vector<std::byte> room(kPieceBytes);
  const bool known = source.size() != link::kUnknownSize;
  while (const std::size_t size = source.read(room)) {
    if (to.is_stopped()) return fail(Code::aborted, Where::link);
    const Bytes piece = Bytes(room).first(size);
    errno = linux_port::write_all(file, piece);
    if (errno != 0) return no_room();
    sha.update(piece);
    ended.sent += size;
    to.watched().progress(ended.sent, known ? source.size() : 0);
  }
  if (known && ended.sent != source.size()) return fail(Code::size_mismatch, Where::link);
  return sha.finish();
}

Result<> write_digest(const Folder& folder, const std::string& name,
                      const crypto::Sha256Digest& digest) {
  std::array<std::byte, 2 * sizeof(crypto::Sha256Digest)> digits;
  write_hex(digest, digits);
  const std::string line = std::string(as_text(digits)) + "  " + name + "\n";
  const std::string beside = name + std::string(link::kSdDigestEnding);
  const int file = folder.create(hidden(beside));
  if (file < 0) return no_room();
  errno = linux_port::write_all(file, as_bytes(line));
  if (errno == 0 && folder.finish(file, hidden(beside), beside)) return {};
  const Error why = no_room();
  folder.drop(file, hidden(beside));
  return why;
}

// `sound`: whether the source gave all that it has, asked at its end.
Result<> put(const PushTo& to, link::Source& source, const std::function<bool()>& sound,
             const std::string& name, Ended& ended) {
  const Folder folder(to.url.path);
  if (!folder.is_open()) return no_room();
  const std::string half = hidden(name);
  const int file = folder.create(half);
  if (file < 0) return no_room();
  const auto digest = copy(source, file, to, ended);
  Result<> done = outcome_of(digest);
  if (done && !sound()) done = fail(Code::aborted, Where::link);
  if (done) done = write_digest(folder, name, *digest);
  if (!done) {
    folder.drop(file, half);
    return done;
  }
  if (!folder.finish(file, half, name)) return no_room();
  return {};
}

}  // namespace

Ended SdPush::push(const PushTo& to, Payload& payload) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  std::optional<link::SealingSource> sealing;
  link::Source& source =
      cipher ? static_cast<link::Source&>(sealing.emplace(payload, *cipher)) : payload;
  Ended ended;
  ended.outcome = put(to, source, [&payload] { return !payload.failure(); }, name, ended);
  to.watched().transfer_over();
  ended.time = Clock::now() - begun;
  if (ended.outcome) ended.reached = Reached::sent;
  if (to.is_stopped() && !ended.outcome) ended.stopped = Stopped::sending;
  return ended;
}

std::string card_name(std::string_view source) {
  source = source.substr(0, source.find_first_of("?#"));
  source = source.substr(source.find_last_of('/') + 1);
  constexpr std::string_view kUsual =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::string_view kEnding = ".bin";
  std::string name;
  for (const char c : source) name += kUsual.find(c) == kUsual.npos ? '_' : c;
  name.erase(0, name.find_first_not_of(".-"));
  if (name.empty()) name = "update";
  const bool fits = link::is_sd_update(name);
  if (fits) return name;
  return name.substr(0, link::kSdNameBytes - kEnding.size()) + std::string(kEnding);
}

}  // namespace updraft::host
