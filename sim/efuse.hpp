// The eFuses that decide which image may boot: what chip it is, and the anti-rollback counter
// (spec/esp32.md sections 1.7 and 3.2). Fuses burn one way: the counter never goes down.
#pragma once
#include <bit>

#include "engine/format/chip.hpp"
#include "engine/format/image_verifier.hpp"
#include "engine/format/partition_table.hpp"
#include "sim/esp_err.hpp"

namespace updraft::sim {

struct Efuse {
  const format::Chip* chip = nullptr;  // nullptr: not known; images for every known chip pass
  std::uint16_t revision = 0;          // major * 100 + minor
  std::uint16_t block_revision = 0;    // likewise
  bool ignore_max_revision = false;    // burnt: max_chip_rev_full and its block twin do not count
  std::uint32_t secure_version_field = 0;  // one bit per step, as burnt

  std::uint32_t secure_version() const {
    return static_cast<std::uint32_t>(std::popcount(secure_version_field));
  }
  bool accepts(std::uint32_t version) const { return version >= secure_version(); }

  // Whether the eFuse block is one of [min, max]; 0 and 65535: no limit. ESP32 has none to ask.
  bool fits_block(std::uint16_t min, std::uint16_t max) const;

  // Burns the counter up to `version`. invalid_arg: the field has fewer bits than that; fail:
  // the counter is higher already. The same version: ok, nothing is burnt.
  EspErr raise_secure_version(std::uint32_t version);

  // What an app in this partition must fit to be booted, but for the counter.
  format::ImageExpectation expectation(const format::Partition& partition) const;
};

// A chip as it is sold today: the revision of its current series, nothing else burnt.
Efuse usual_efuse(const format::Chip& chip);

}  // namespace updraft::sim
