#include "sim/efuse.hpp"

namespace updraft::sim {
namespace {

struct SoldRevision {
  std::string_view chip;
  std::uint16_t revision;
};
constexpr SoldRevision kSoldRevisions[] = {
    {"esp32", 301}, {"esp32s2", 100}, {"esp32c3", 4},   {"esp32s3", 2},    {"esp32c2", 102},
    {"esp32c6", 2}, {"esp32h2", 102}, {"esp32p4", 103}, {"esp32c61", 100}, {"esp32c5", 100},
};

}  // namespace

bool Efuse::fits_block(std::uint16_t min, std::uint16_t max) const {
  const auto is_set = [](std::uint16_t limit) { return limit != 0 && limit != 65535; };
  if (chip == nullptr || chip->id == 0) return true;
  const bool above = is_set(max) && block_revision > max && !ignore_max_revision;
  return !(is_set(min) && block_revision < min) && !above;
}

EspErr Efuse::raise_secure_version(std::uint32_t version) {
  const std::uint32_t width = chip != nullptr ? chip->secure_version_bits : 32;
  if (version > width) return EspErr::invalid_arg;
  if (version < secure_version()) return EspErr::fail;
  for (std::uint32_t bit = 0; secure_version() < version; ++bit) {
    secure_version_field |= 1u << bit;
  }
  return EspErr::ok;
}

format::ImageExpectation Efuse::expectation(const format::Partition& partition) const {
  return {
      .chip = chip,
      .chip_revision = revision,
      .ignore_max_revision = ignore_max_revision,
      .any_app = true,
      .efuse_block_revision = block_revision,
      .capacity = partition.size,
      .flash_address = partition.offset,
  };
}

Efuse usual_efuse(const format::Chip& chip) {
  Efuse efuse{.chip = &chip};
  for (const SoldRevision& row : kSoldRevisions) {
    if (row.chip == chip.name) efuse.revision = row.revision;
  }
  return efuse;
}

}  // namespace updraft::sim
