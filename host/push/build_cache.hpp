// The builds that this computer has pushed before, so that the next push to a device that runs one
// of them can send the difference: $XDG_CACHE_HOME/updraft/builds, or ~/.cache/updraft/builds.
//
// Each is a file by the digest that a device tells of it, "5f82e316d434907d.bin". A build may hold
// what is nobody else's business, so only its user may read them. Whoever deletes the folder loses
// nothing but time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::host {

inline constexpr std::uint64_t kCachedBytes = 64 * 1024 * 1024;  // some thirty builds of 2 MiB
inline constexpr std::size_t kCachedBuilds = 64;                 // small ones, for many devices

class BuildCache {
 public:
  // nullopt, as where no variable says where: it keeps nothing.
  explicit BuildCache(std::optional<std::filesystem::path> folder = usual_folder(),
                      std::uint64_t most_bytes = kCachedBytes,
                      std::size_t most_builds = kCachedBuilds);
  static std::optional<std::filesystem::path> usual_folder();

  // `digest`: 16 hex digits, as a device tells them; anything else is not there. What is found
  // counts as used. It is not said that the file is still that image.
  std::optional<std::vector<std::byte>> find(std::string_view digest) const;
  // Deletes what was not used for the longest time where there is too much. A disk that is full, or
  // a folder that cannot be written, is no trouble: then it is not kept.
  void keep(std::string_view digest, Bytes image) const;

 private:
  void make_room() const;

  std::optional<std::filesystem::path> folder_;
  std::uint64_t most_bytes_;
  std::size_t most_builds_;
};

}  // namespace updraft::host
