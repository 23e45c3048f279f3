#include "host/push/build_cache.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "engine/core/hex.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/desk/user_folders.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".bin";
constexpr std::size_t kMostBuild = 16 * 1024 * 1024;  // no chip maps a larger app

// What comes from a device names a file, so it must be nothing but the digits.
std::optional<fs::path> file_in(const fs::path& folder, std::string_view digest) {
  std::array<std::byte, 8> bytes{};
  if (digest.size() != 2 * bytes.size() || !read_hex(digest, bytes)) return std::nullopt;
  return folder / (std::string(digest) + std::string(kEnding));
}

struct Build {
  fs::path file;
  std::uint64_t bytes = 0;
  fs::file_time_type used;
};

// The newest first.
std::vector<Build> builds_in(const fs::path& folder) {
  std::vector<Build> builds;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (entry->path().extension() != kEnding || !entry->is_regular_file(gone)) continue;
    Build build{entry->path(), entry->file_size(gone), {}};
    if (!gone) build.used = entry->last_write_time(gone);
    if (!gone) builds.push_back(std::move(build));
  }
  std::ranges::sort(builds, std::ranges::greater{}, &Build::used);
  return builds;
}

}  // namespace

std::optional<fs::path> BuildCache::usual_folder() {
  const auto folder = cache_folder();
  return folder ? std::optional(*folder / "builds") : std::nullopt;
}

BuildCache::BuildCache(std::optional<fs::path> folder, std::uint64_t most_bytes,
                       std::size_t most_builds)
    : folder_(std::move(folder)), most_bytes_(most_bytes), most_builds_(most_builds) {}

std::optional<std::vector<std::byte>> BuildCache::find(std::string_view digest) const {
  const auto file = folder_ ? file_in(*folder_, digest) : std::nullopt;
  std::error_code error;
  if (!file || !fs::is_regular_file(*file, error)) return std::nullopt;
  try {
    std::vector<std::byte> image = read_file(file->string(), kMostBuild);
    fs::last_write_time(*file, fs::file_time_type::clock::now(), error);
    return image;
  } catch (const Trouble&) {
    return std::nullopt;
  }
}

void BuildCache::keep(std::string_view digest, Bytes image) const {
  const auto file = folder_ ? file_in(*folder_, digest) : std::nullopt;
  if (!file || image.size() > std::min<std::uint64_t>(kMostBuild, most_bytes_)) return;
  try {
    fs::create_directories(*folder_);
    fs::permissions(*folder_, fs::perms::owner_all);
    linux_port::replace_file(*file, image, linux_port::kPrivateMode);
    fs::last_write_time(*file, fs::file_time_type::clock::now());  // finer than the file system's
  } catch (const std::system_error&) {
    return;
  }
  make_room();
}

void BuildCache::make_room() const {
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  for (const Build& build : builds_in(*folder_)) {
    bytes += build.bytes;
    if (++count <= most_builds_ && bytes <= most_bytes_) continue;
    std::error_code ignored;  // another push has deleted it
    fs::remove(build.file, ignored);
  }
}

}  // namespace updraft::host
