// A directory as a bundle: what socket-bundle.md sections 3 to 5 send. The same directory always
// gives the same bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace updraft::host {

struct Bundle {
  std::size_t files = 0;
  std::uint64_t plain_bytes = 0;
  std::string metadata;
  std::vector<std::byte> stream;  // raw DEFLATE
};

// What becomes of symbolic links: they are left out, as they may lead to what nobody meant to send.
struct BundleLinks {
  bool follow = false;  // send the files that links lead to, those within the directory
  std::function<void(const std::string&)> skipped;  // told of each that is left out; may be empty
};

// All files below `dir`, sorted by path. Left out is what `py_ignore` of DIR/pymakr.conf names: a
// text that is part of the relative path. Throws Trouble if there is nothing to send, or a file
// that no device would take.
Bundle make_bundle(const std::filesystem::path& dir, const BundleLinks& links = {});

}  // namespace updraft::host
