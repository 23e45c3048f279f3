// The eFuses of a real chip as `espefuse summary` tells them, as text or with --format json: what
// of them decides which app boots.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace updraft::dump {

// A chip has about a hundred fields.
inline constexpr std::size_t kMaxEfuseFields = 1024;

struct EfuseSummary {
  std::map<std::string, std::string> fields;  // as they are told: "WAFER_VERSION_MAJOR" -> "3"

  std::optional<std::uint16_t> chip_revision;   // major * 100 + minor
  std::optional<std::uint16_t> block_revision;  // likewise
  bool ignore_max_revision = false;
  std::uint32_t secure_version = 0;  // of the anti-rollback counter
  bool flash_encryption = false;
  bool secure_boot = false;
  std::vector<std::string> key_digests;  // of Secure Boot v2, hex
};

// nullopt: no such text.
std::optional<EfuseSummary> read_efuse_summary(std::string_view text);

}  // namespace updraft::dump
