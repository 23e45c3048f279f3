// What a device would say of a package that is a file, to its last byte: the checks of the device
// library, and the parts of the package from inside or from beside it.
#pragma once
#include <string>
#include <vector>

#include "engine/suit/package_content.hpp"

namespace updraft::host {

// Text of hex digits where the name ends in .hex; else the bytes as they are. Throws Trouble.
std::vector<std::byte> read_suit_file(const std::string& file);

struct Checked {
  Result<suit::Package> package;  // views into the file's bytes
  Result<> outcome;               // of all of it
  bool image_unseen = false;      // it is in a patch or encrypted: only a device makes it
};

// `file`: its name, for what is beside it. `keys` nullptr: keyset_missing.
Checked check_package(Bytes package, const std::string& file, const suit::KeySet* keys,
                      const suit::DeviceState& device);

// The app that a package brings, if it is inside and not wrapped again; else the file itself.
Bytes app_in(Bytes file);

}  // namespace updraft::host
