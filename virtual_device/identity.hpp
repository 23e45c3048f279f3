// What a virtual chip is, apart from its flash: eFuses and the bootloader in it. Kept as
// DIR/device.json, so that a person can read and change it.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "sim/efuse.hpp"

namespace updraft::device {

// The input was judged and cannot be used, however often it is tried: the sentence says why.
class Unusable : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Identity {
  sim::Efuse efuse;
  std::string bootloader = "rollback";  // plain, rollback, anti-rollback
};

// Throws Unusable.
Identity load_identity(const std::filesystem::path& file);

// As it stands in the file.
std::string text_of(const Identity& identity);

}  // namespace updraft::device
