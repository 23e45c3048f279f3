// What the usual tools make of the same pair; Debian's packages (tools/install check).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace updraft::bench {

// Bytes of the patch; nothing if the tool is not installed or failed.
struct OtherDeltas {
  std::optional<std::uint64_t> bsdiff, xdelta3, zstd;
};
OtherDeltas other_deltas(const std::filesystem::path& old_file,
                         const std::filesystem::path& new_file);

}  // namespace updraft::bench
