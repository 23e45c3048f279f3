// Real firmware, consecutive versions of several products, as a manifest lists them.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace updraft::bench {

struct FirmwarePair {
  std::string product, old_version, new_version;
  std::filesystem::path old_file, new_file;
};

// In the folder that UPDRAFT_FIRMWARE names, else in ../shared/firmware beside the source tree.
// Throws std::runtime_error where there is none.
std::vector<FirmwarePair> firmware_pairs();

std::vector<std::byte> read_bytes(const std::filesystem::path& file);

}  // namespace updraft::bench
