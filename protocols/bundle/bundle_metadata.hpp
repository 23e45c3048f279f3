// The metadata of a bundle, read as they arrive (protocols/bundle/SPEC.md section 3):
//
//   {"compressed_size": C, "total_uncompressed": T, "files": [{"path": P, "size": S}, ...]}
//
// Members in any order, unknown ones are ignored. Errors: protocol (no such object, a member that
// is missing, twice there or of another type, sizes that do not add up), bad_path, too_big.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "engine/format/json_reader.hpp"
#include "protocols/bundle/bundle_list.hpp"

namespace updraft::link {

class BundleMetadata final : private format::JsonHandler {
 public:
  // `files` is filled; it outlives this.
  explicit BundleMetadata(BundleList& files) : files_(files) {}
  void reset();
  Result<> push(Bytes text) { return reader_.push(text); }
  Result<> finish();  // all has arrived: whole, and it adds up

  std::uint64_t compressed_size() const { return *compressed_size_; }  // once finish() was ok

 private:
  enum class Member : std::uint8_t { other, compressed_size, total, files, path, size };
  Result<> on_token(const format::JsonToken& token) override;
  Result<> on_key(const format::JsonToken& token);
  Result<> on_value(const format::JsonToken& token);
  Result<> on_begin(const format::JsonToken& token);
  Result<> on_end();
  Result<> take_path(const format::JsonToken& token);
  bool in_file() const { return depth_ == 3 && in_files_; }

  BundleList& files_;
  format::JsonReader reader_{*this};
  std::size_t depth_ = 0;
  Member member_ = Member::other;
  bool in_files_ = false;  // inside of the array of files
  bool files_seen_ = false;
  std::optional<std::uint64_t> compressed_size_, total_;
  // Of the file that is being read.
  std::array<char, kBundlePath> path_{};
  std::optional<std::size_t> path_size_;
  std::optional<std::uint64_t> size_;
};

}  // namespace updraft::link
