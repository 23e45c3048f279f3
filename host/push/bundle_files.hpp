// A directory as a bundle: what socket-bundle.md sections 3 to 5 send. The same directory always
// gives the same bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace updraft::host {

struct Bundle {
  std::size_t files = 0;
  std::uint64_t plain_bytes = 0;
  std::string metadata;
  std::vector<std::byte> stream;  // raw DEFLATE
};

// All files below `dir`, sorted by path. Left out is what `py_ignore` of DIR/pymakr.conf names: a
// text that is part of the relative path. Throws Trouble if there is nothing to send, or a file
// that no device would take.
Bundle make_bundle(const std::filesystem::path& dir);

}  // namespace updraft::host
