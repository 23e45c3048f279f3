#include "ports/linux/file_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "engine/core/same_bytes.hpp"
#include "ports/linux/replace_file.hpp"
#include "protocols/bundle/bundle_path.hpp"

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with_errno() { throw std::system_error(errno, std::generic_category()); }

// Forces a file, or the names in a directory, to disk.
void sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_with_errno();
  const int synced = ::fsync(fd);
  ::close(fd);
  if (synced != 0) fail_with_errno();
}

void sync_tree(const fs::path& path) {
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.symlink_status().type() == fs::file_type::directory) sync(entry.path());
  }
  sync(path);
}

void append(int file, Bytes bytes) {
  errno = write_all(file, bytes);
  if (errno != 0) fail_with_errno();
}

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

// True if only directories lead to `path` under `root`, and it is a file or nothing yet.
bool way_is_clear(const fs::path& root, std::string_view path) {
  if (!is_bundle_path(path)) return false;
  fs::path at = root;
  const fs::path relative(path);
  for (auto component = relative.begin(); component != relative.end(); ++component) {
    at /= *component;
    const fs::file_type type = fs::symlink_status(at).type();
    if (type == fs::file_type::not_found) return true;
    const bool last = std::next(component) == relative.end();
    if (type != (last ? fs::file_type::regular : fs::file_type::directory)) return false;
  }
  return true;
}

}  // namespace

FileStore::FileStore(fs::path dir, std::uint64_t capacity)
    : dir_(std::move(dir)), capacity_(capacity) {}

FileStore::~FileStore() { (void)close_file(); }

// An error of the system is Code::flash; `found` is its errno.
template <class Work>
Result<> FileStore::guarded(Work work) {
  try {
    return work();
  } catch (const std::system_error& error) {
    return fail(Code::flash, Where::device, static_cast<std::uint64_t>(error.code().value()));
  }
}

// Without a journal fs.next is dropped. With one, the new files take the place of the old ones.
Result<> FileStore::settle(std::int8_t running, bool confirmed) {
  return guarded([&]() -> Result<> {
    const std::optional<std::string> line = journal();
    if (!line) {
      remove_tree(next());
      remove_tree(old());
      if (!is_there(files())) fs::create_directories(files());
      return {};
    }
    const bool now = *line == "now";
    if (!now && *line != "slot " + std::to_string(running)) {
      undo();
      return {};
    }
    apply();
    if (now || confirmed) keep();
    return {};
  });
}

Result<> FileStore::begin(std::uint64_t total) {
  return guarded([&]() -> Result<> {
    if (journal()) return fail(Code::pending_confirm, Where::device);
    const std::uint64_t room = std::min<std::uint64_t>(capacity_, fs::space(dir_).available);
    if (total > room) return fail(Code::too_big, Where::device, total, room);
    remove_tree(next());
    active_ = true;
    staged_ = false;
    return {};
  });
}

Result<> FileStore::expect(std::string_view path, std::uint64_t) {
  return guarded([&]() -> Result<> {
    if (!way_is_clear(files(), path)) return fail(Code::bad_path, Where::device);
    return {};
  });
}

Result<> FileStore::open(std::string_view path) {
  return guarded([&]() -> Result<> {
    finish_file();
    const fs::path tree = staged_ ? next() : files();
    if (!way_is_clear(tree, path)) return fail(Code::bad_path, Where::device);
    path_ = path;
    compared_ = 0;
    old_ = ::open((tree / path_).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (old_ < 0) make_file();
    return {};
  });
}

Result<> FileStore::write(Bytes bytes) {
  return guarded([&]() -> Result<> {
    if (old_ >= 0 && holds_next(bytes)) {
      compared_ += bytes.size();
      return {};
    }
    if (old_ >= 0) make_file();
    change();
    append(file_, bytes);
    return {};
  });
}

Result<> FileStore::commit() {
  UPDRAFT_TRY(guarded([&]() -> Result<> {
    finish_file();
    if (!staged_) return {};
    write_journal("now");
    apply();
    return {};
  }));
  active_ = false;
  if (!staged_) return {};
  (void)guarded([&]() -> Result<> {  // if it fails, the next start clears the rest away
    keep();
    return {};
  });
  return {};
}

Result<> FileStore::commit_with(const Slot& slot) {
  return guarded([&]() -> Result<> {
    finish_file();
    if (staged_) write_journal("slot " + std::to_string(slot.index));
    return {};
  });
}

void FileStore::abort() {
  (void)close_file();
  if (!active_) return;
  active_ = false;
  if (!staged_) return;
  (void)guarded([&]() -> Result<> {  // or settle() does it at the next start
    undo();
    return {};
  });
}

// The pieces. Each changes one name.

void FileStore::change() {
  if (before_change) before_change();
}

void FileStore::link_tree() {
  fs::create_directories(files());
  change();
  fs::create_directory(next());
  for (const auto& entry : fs::recursive_directory_iterator(files())) {
    const fs::path copy = next() / entry.path().lexically_relative(files());
    change();
    switch (entry.symlink_status().type()) {
      case fs::file_type::directory:
        fs::create_directory(copy);
        break;
      case fs::file_type::regular:
        fs::create_hard_link(entry.path(), copy);
        break;
      case fs::file_type::symlink:
        fs::copy_symlink(entry.path(), copy);
        break;
      default:
        break;  // sockets and the like are no files of a device
    }
  }
}

// Whether these are the next bytes of the file that is there.
bool FileStore::holds_next(Bytes bytes) {
  std::array<std::byte, 4096> there;
  std::uint64_t at = compared_;
  while (!bytes.empty()) {
    const Bytes part = at_most(bytes, there.size());
    const ssize_t got = ::pread(old_, there.data(), part.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got != std::ssize(part) || !same_bytes(part, Bytes(there).first(part.size()))) return false;
    at += part.size();
    bytes = bytes.subspan(part.size());
  }
  return true;
}

// The file that comes is another one: it begins with what was the same.
void FileStore::make_file() {
  if (!staged_) {
    staged_ = true;
    link_tree();
  }
  const fs::path target = next() / path_;
  change();
  fs::create_directories(target.parent_path());
  fs::remove(target);  // it is a link to the file in use
  change();
  file_ = ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file_ < 0) fail_with_errno();
  std::array<std::byte, 4096> part;
  for (std::uint64_t at = 0; at < compared_;) {
    const MutableBytes want = MutableBytes(part).first(at_most(part, compared_ - at).size());
    const ssize_t got = ::pread(old_, want.data(), want.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail_with_errno();
    append(file_, want.first(static_cast<std::size_t>(got)));
    at += static_cast<std::uint64_t>(got);
  }
  if (old_ >= 0) ::close(std::exchange(old_, -1));
}

// All of the file has come. One that is shorter than what is there is another one, too.
void FileStore::finish_file() {
  std::byte more;
  if (old_ >= 0 && ::pread(old_, &more, 1, static_cast<off_t>(compared_)) != 0) make_file();
  if (!close_file()) fail_with_errno();
}

// False if what was written may not be on the disk.
bool FileStore::close_file() {
  if (old_ >= 0) ::close(std::exchange(old_, -1));
  if (file_ < 0) return true;
  const bool synced = ::fsync(file_) == 0;
  ::close(file_);
  file_ = -1;
  return synced;
}

void FileStore::write_journal(const std::string& line) {
  sync_tree(next());
  change();
  const fs::path beside = write_beside(journal_path(), as_bytes(line + '\n'));
  sync(beside);
  move(beside, journal_path());
}

std::optional<std::string> FileStore::journal() const {
  std::ifstream in(journal_path());
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line;
}

void FileStore::apply() {
  if (!is_there(next())) return;  // it is done
  if (is_there(files()) && !is_there(old())) move(files(), old());
  move(next(), files());
}

// Without a journal nothing needs fs.old any more.
void FileStore::keep() {
  change();
  fs::remove(journal_path());
  sync(dir_);
  remove_tree(old());
}

// Back to the old files, from however far apply() has come.
void FileStore::undo() {
  if (is_there(old())) {
    if (is_there(files())) move(files(), next());
    move(old(), files());
  }
  change();
  fs::remove(journal_path());
  sync(dir_);
  remove_tree(next());
}

void FileStore::remove_tree(const Path& path) {
  if (!is_there(path)) return;
  change();
  fs::remove_all(path);
}

void FileStore::move(const Path& from, const Path& to) {
  change();
  fs::rename(from, to);
  sync(dir_);
}

}  // namespace updraft::linux_port
