// Reads an NVS partition: the settings of an app, by namespace and key. Read-only, and tolerant: a
// page or entry that is damaged is counted and passed over, as the chip does.
//
//   page, 4 KiB:  +0 state u32   +4 sequence u32   +8 version u8   +28 crc32 of +4..+27
//                 +32 states of 126 entries, 2 bits each: 3 empty, 2 written, 0 erased
//                 +64 entries, 32 bytes each
//   entry:        +0 namespace u8   +1 type u8   +2 span u8   +3 chunk u8   +4 crc32
//                 +8 key[16]        +24 value, or size u16, and crc32 of the data at +28
//
// Source: components/nvs_flash of ESP-IDF. In an encrypted partition page headers are plain and
// entries are not.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::dump {

inline constexpr std::size_t kNvsPageBytes = 4096;
// More than any product has; what is beyond is counted, so that no file makes a report without end.
inline constexpr std::size_t kMaxNvsEntries = 4096;

struct NvsPage {
  std::string_view state;  // "active", "full", "freeing", "corrupt", "empty", "damaged"
  std::uint32_t sequence = 0;
  std::size_t written = 0, erased = 0;  // entries
  std::size_t bad_crc = 0;              // of the written ones
};

struct NvsEntry {
  std::string space, key;       // as they stand there: not made printable
  std::string_view type;        // "u8", "i32", "string", "blob", ...
  std::string number;           // of number types
  std::vector<std::byte> data;  // of string and blob
  bool whole = true;            // no chunk is missing and the data's crc is right
};

struct Nvs {
  std::vector<NvsPage> pages;
  std::vector<NvsEntry> entries;  // by namespace and key
  std::size_t more = 0;           // entries beyond kMaxNvsEntries
  std::size_t bad_crc = 0;
  bool encrypted = false;  // pages are sound, and not one of their entries is
};

// True where a page begins the bytes.
bool is_nvs(Bytes partition);

Nvs read_nvs(Bytes partition);

}  // namespace updraft::dump
