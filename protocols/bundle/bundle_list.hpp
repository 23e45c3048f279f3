// The files of a bundle, in stream order: paths and sizes, packed into memory that the owner gives.
//
//   entry: size u64 (little-endian)  length u8  path[length]
//
// An entry takes less room than the JSON that announced it, so kBundleMetaBytes hold any bundle; a
// chip may give less.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "protocols/bundle/bundle_path.hpp"

namespace updraft::link {

inline constexpr std::size_t kBundleMetaBytes = 65'536;
inline constexpr std::size_t kBundleFiles = 256;

struct BundleFile {
  std::string_view path;
  std::uint64_t size;
};

class BundleList {
 public:
  explicit BundleList(MutableBytes memory) : memory_(memory) {}
  void clear();
  // Errors: bad_path (not allowed, or it clashes with one that is there), too_big (`expected`: the
  // files or bytes that there is room for).
  Result<> add(std::string_view path, std::uint64_t size);

  std::size_t count() const { return count_; }
  std::uint64_t total() const { return total_; }  // bytes of all files

  // Each file once, in order: next() until nullopt; rewind() to start over.
  void rewind() { at_ = 0; }
  std::optional<BundleFile> next();

 private:
  std::optional<BundleFile> entry(std::size_t& at) const;

  MutableBytes memory_;
  std::size_t used_ = 0;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace updraft::link
