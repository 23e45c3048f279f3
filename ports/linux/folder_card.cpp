#include "ports/linux/folder_card.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace updraft::linux_port {
namespace {

Error unreachable() { return {Code::unreachable, Where::link, static_cast<std::uint64_t>(errno)}; }

// A name of the folder, and no way to another one.
bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

FolderCard::~FolderCard() {
  close();
  close_folder();
}

void FolderCard::close_folder() {
  if (listed_ != nullptr) (void)closedir(listed_);
  listed_ = nullptr;
}

int FolderCard::folder_fd() const { return listed_ == nullptr ? -1 : dirfd(listed_); }

Result<> FolderCard::list() {
  close_folder();
  listed_ = opendir(folder_.c_str());
  if (listed_ == nullptr) return unreachable();
  return {};
}

std::string_view FolderCard::next_name() {
  if (listed_ == nullptr) return {};
  const dirent* const entry = readdir(listed_);  // NOLINT(concurrency-mt-unsafe): a list of our own
  return entry == nullptr ? std::string_view{} : std::string_view(entry->d_name);
}

Result<link::SdCard::File> FolderCard::open(std::string_view name) {
  close();
  if (!is_name(name)) return fail(Code::unreachable, Where::link, EINVAL);
  // Non-blocking, so that a FIFO of that name stops nobody.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = openat(folder_fd(), std::string(name).c_str(), kFlags);
  if (file_ < 0) return unreachable();
  struct stat info{};
  if (fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) {
    close();
    return fail(Code::unreachable, Where::link, EINVAL);
  }
  return File{.size = static_cast<std::uint64_t>(info.st_size),
              .changed = nanoseconds(info.st_mtim)};
}

Result<std::size_t> FolderCard::read(MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t size = ::read(file_, out.data() + done, out.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(Code::aborted, Where::link, static_cast<std::uint64_t>(errno));
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  return done;
}

void FolderCard::close() {
  if (file_ >= 0) (void)::close(file_);
  file_ = -1;
}

Result<> FolderCard::rename(std::string_view from, std::string_view to) {
  if (!is_name(from) || !is_name(to)) return fail(Code::unreachable, Where::link, EINVAL);
  const int folder = folder_fd();
  if (renameat(folder, std::string(from).c_str(), folder, std::string(to).c_str()) != 0) {
    return unreachable();
  }
  (void)fsync(folder);  // else a power cut would bring the old name back
  return {};
}

}  // namespace updraft::linux_port
