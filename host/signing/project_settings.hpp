// updraft.toml: what a project's packages have in common, so that nobody types it for each release.
//
//   vendor = "example.com"
//   product = "lamp"
//   hardware = "1"
//   key = "keys/release.pem"    # or a list of them; as seen from this file
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::host {

inline constexpr const char* kSettingsName = "updraft.toml";
inline constexpr std::size_t kMostSettings = 64 * 1024;  // bytes; four lines are enough
inline constexpr std::size_t kMostSettingsKeys = 4;      // what a package can be signed with

struct ProjectSettings {
  std::filesystem::path file;
  std::string vendor, product, hardware;
  std::vector<std::string> keys;  // ready to be opened

  // VENDOR/PRODUCT/CHIP/HARDWARE
  std::string product_on(std::string_view chip) const;
  // The same, on the chip of which this is the class; none: it is another product's.
  std::optional<std::string> product_of(Bytes vendor_id, Bytes class_id) const;
};

// Of the nearest updraft.toml: in the folder of `image` ("-": the current one) or above it. Throws
// Trouble: it is no TOML, or not these settings.
std::optional<ProjectSettings> find_settings(const std::string& image);

// Of that file. Throws Trouble.
ProjectSettings read_settings(const std::filesystem::path& file);

// A new file of them; `keys` as seen from it. Throws Trouble: a text has a quote, a backslash or a
// control character, which nobody's names have; the file cannot be written.
void write_settings(const ProjectSettings& settings);

}  // namespace updraft::host
