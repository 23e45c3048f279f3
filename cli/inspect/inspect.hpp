// What `updraft inspect` does with the bytes of a file, for the command and for its tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/inspect/finding.hpp"
#include "cli/inspect/payload_finding.hpp"

namespace updraft::cli {

struct InspectOptions {
  std::string file;        // its name tells the flash of a virtual device
  std::string bootloader;  // how it was built; empty: not told
  std::string efuse;       // a file with the chip's eFuses; empty: none
  std::string keyset;      // a file; empty: nobody is trusted
  std::optional<std::uint32_t> table_offset;
  PayloadOptions payload;
  bool json = false;
};

// Throws Stop where another file that the options name is not what it should be.
Finding inspect_bytes(Bytes bytes, const InspectOptions& options);

}  // namespace updraft::cli
