// Chip revisions and eFuse block revisions, as images ask for them: major * 100 + minor
// (spec/esp32.md section 1.7).
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::format {

// What an image allows. 0 and 65535 leave an end open, but for the lowest chip revision, which is
// compared as it stands.
struct RevisionRange {
  std::uint16_t min = 0;
  std::uint16_t max = 0;

  static constexpr bool is_set(std::uint16_t revision) {
    return revision != 0 && revision != 65535;
  }
  // An Error carries both ends as one number.
  constexpr std::uint32_t packed() const { return min | std::uint32_t{max} << 16; }
  static constexpr RevisionRange unpacked(std::uint64_t packed) {
    return {static_cast<std::uint16_t>(packed), static_cast<std::uint16_t>(packed >> 16)};
  }
  friend bool operator==(const RevisionRange&, const RevisionRange&) = default;
};

Text<8> revision_text(std::uint16_t revision);       // "v3.1"
Text<32> revision_text(const RevisionRange& range);  // "v1.0 to v1.99", "v0.3 and up", "any"

}  // namespace updraft::format
