// Whether what comes for a data partition is what that partition holds (spec/beyond-app.md 2.1).
//
// File systems have no magic at their first byte, so the gate asks here instead. Content is pushed
// in units of 512 bytes, and each is judged before it is written: what is wrong is refused before
// anything is erased.
//
//   kind      asked for
//   littlefs  "littlefs" at byte 8 of block 0 or 1; its blocks times their number is the
//             partition's size
//   spiffs    the same where it is LittleFS, as Arduino has it; no other known format
//   fat       55 AA at 510 of sector 0 or 1, and not more sectors than the partition has
//   nvs       the checksum of each page's header
//   other     nothing, but that it is no app
//
// Block 1 is asked only if block 0 is blank: a file system that was made for a partition has the
// first one. What is blank needs no write, so nothing is erased before that either.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/format/partition_types.hpp"

namespace updraft::parts {

inline constexpr std::size_t kUnit = 512;  // the boot sector of FAT, the longest that is looked at

enum class Kind : std::uint8_t { littlefs, spiffs, fat, nvs, other };
std::string_view name(Kind kind);  // "littlefs"; "data" for `other`
Kind kind_of(format::PartitionType type, std::uint8_t subtype);

// What the beginning of some content shows that it is. `first`: its first kUnit bytes or more.
enum class Looks : std::uint8_t { nothing, app, littlefs, fat, nvs, table, blank };
Looks look_at(Bytes first);

// Bytes that the LittleFS at `block` says it has; 0: there is none.
std::uint64_t littlefs_bytes(Bytes block);
std::uint64_t fat_bytes(Bytes sector);  // the same of FAT

class FormatCheck {
 public:
  struct Wanted {
    Kind kind = Kind::other;
    std::uint32_t size = 0;    // of the partition
    bool fs_autosize = false;  // its file system finds out its size, so it may be smaller
  };

  void reset(const Wanted& wanted);
  // The next kUnit bytes. Errors, with what was found and what is wanted, in bytes where it is the
  // size: wrong_target (an app), wrong_format.
  Result<> push(Bytes unit);
  Result<> finish();  // nothing more comes. Error: wrong_format

 private:
  Result<> judge(Bytes unit);
  Result<> judge_size(std::uint64_t bytes, bool may_be_smaller) const;

  Wanted wanted_;
  std::uint32_t units_ = 0;  // so far
  bool known_ = false;       // the format was found
};

}  // namespace updraft::parts
