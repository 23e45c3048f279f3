// What a virtual chip is, apart from its flash: eFuses and the bootloader in it. Kept as
// DIR/device.json, so that a person can read and change it.
#pragma once
#include <filesystem>
#include <string>

#include "sim/efuse.hpp"

namespace updraft::device {

struct Identity {
  sim::Efuse efuse;
  std::string bootloader = "rollback";  // plain, rollback, anti-rollback
};

// Throws std::runtime_error with a sentence.
Identity load_identity(const std::filesystem::path& file);

// Written beside and renamed: a kill leaves the old or the new one. Throws like load_identity().
void save_identity(const std::filesystem::path& file, const Identity& identity);

}  // namespace updraft::device
