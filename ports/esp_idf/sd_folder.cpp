#include "ports/esp_idf/sd_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace updraft::esp_idf {
namespace {

Error unreachable() { return {Code::unreachable, Where::link, static_cast<std::uint64_t>(errno)}; }

}  // namespace

SdFolder::~SdFolder() {
  close();
  close_folder();
}

void SdFolder::close_folder() {
  if (listed_ != nullptr) (void)closedir(listed_);
  listed_ = nullptr;
}

SdFolder::Path SdFolder::path_of(std::string_view name) const {
  Path path{};
  auto* at = path.begin();
  at = std::ranges::copy(folder_, at).out;
  *at++ = '/';
  std::ranges::copy(name.substr(0, static_cast<std::size_t>(path.end() - at) - 1), at);
  return path;
}

Result<> SdFolder::list() {
  close_folder();
  Path folder{};
  std::ranges::copy(folder_, folder.begin());
  listed_ = opendir(folder.data());
  if (listed_ == nullptr) return unreachable();
  return {};
}

std::string_view SdFolder::next_name() {
  if (listed_ == nullptr) return {};
  const dirent* const entry = readdir(listed_);  // NOLINT(concurrency-mt-unsafe): a list of our own
  if (entry != nullptr) return entry->d_name;
  close_folder();  // FAT has few of them
  return {};
}

Result<link::SdCard::File> SdFolder::open(std::string_view name) {
  close();
  const Path path = path_of(name);
  struct stat info{};
  if (stat(path.data(), &info) != 0) return unreachable();
  if (!S_ISREG(info.st_mode)) return fail(Code::unreachable, Where::link);
  file_ = ::open(path.data(), O_RDONLY);
  if (file_ < 0) return unreachable();
  return File{.size = static_cast<std::uint64_t>(info.st_size),
              .changed = static_cast<std::uint64_t>(info.st_mtime)};
}

Result<std::size_t> SdFolder::read(MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t size = ::read(file_, out.data() + done, out.size() - done);
    if (size < 0) return fail(Code::aborted, Where::link, static_cast<std::uint64_t>(errno));
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  return done;
}

void SdFolder::close() {
  if (file_ >= 0) (void)::close(file_);
  file_ = -1;
}

// FAT renames to a new name only.
Result<> SdFolder::rename(std::string_view from, std::string_view to) {
  const Path here = path_of(from), there = path_of(to);
  struct stat info{};
  if (stat(here.data(), &info) != 0) return unreachable();
  (void)unlink(there.data());
  if (::rename(here.data(), there.data()) != 0) return unreachable();
  return {};
}

}  // namespace updraft::esp_idf
