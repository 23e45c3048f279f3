// Where old addresses went (formats/delta.md sections 4.2, 7.2 and 7.3): a map that comes with the
// patch, and a dictionary of exceptions that is learned while the patch is applied.
//
// Memory: 8 bytes for each map entry and for each dictionary entry. With 512 map entries instead of
// 1024 only patches across an SDK change grow noticeably; a device refuses a patch whose map is
// larger than its own before anything is written.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/core/bytes.hpp"
#include "updraft/delta/ranges.hpp"

namespace updraft::delta {

inline constexpr std::uint32_t kMaxMapEntries = 1024;  // of the format

struct MapEntry {
  std::uint32_t start, delta;
};

template <std::size_t kMost>
class AddressMap {
 public:
  void clear() { size_ = 0; }
  // False: starts must rise, or there is no room.
  bool add(MapEntry entry) {
    if (size_ == kMost || (size_ > 0 && entry.start <= entries_[size_ - 1].start)) return false;
    entries_[size_++] = entry;
    return true;
  }
  std::optional<std::uint32_t> find(std::uint32_t address) const {
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(size_);
    const auto after =
        std::upper_bound(entries_.begin(), end, address,
                         [](std::uint32_t a, const MapEntry& entry) { return a < entry.start; });
    if (after == entries_.begin()) return std::nullopt;
    return address + (after - 1)->delta;
  }
  std::span<const MapEntry> entries() const { return std::span(entries_).first(size_); }

 private:
  std::array<MapEntry, kMost> entries_{};
  std::size_t size_ = 0;
};

// Direct-mapped, 2^log entries.
template <unsigned kMaxLog>
class Dictionary {
 public:
  void reset(unsigned log) {
    log_ = log;
    entries_.fill({});
    entries_[0].old_address = 1;  // in no place of the table does an empty entry match
  }
  const std::uint32_t* find(std::uint32_t address) const {
    const Entry& entry = entries_[place(address)];
    return entry.old_address == address ? &entry.new_address : nullptr;
  }
  void store(std::uint32_t old_address, std::uint32_t new_address) {
    entries_[place(old_address)] = {old_address, new_address};
  }
  void remove(std::uint32_t address) {
    const std::uint32_t at = place(address);
    if (entries_[at].old_address == address) entries_[at] = {at == 0 ? 1u : 0u, 0};
  }

 private:
  struct Entry {
    std::uint32_t old_address = 0, new_address = 0;
  };
  std::uint32_t place(std::uint32_t a) const { return (a * 0x9E37'79B1u) >> (32 - log_); }

  std::array<Entry, std::size_t{1} << kMaxLog> entries_;
  unsigned log_ = kMaxLog;
};

// What `pred` says of an old address, and on whose word: 0 dictionary or ROM, 1 map, 2 nobody's.
struct Prediction {
  std::uint32_t address;
  std::uint8_t source;
};

template <class Limits>
struct AddressBook {
  ChipRanges chip;
  AddressMap<Limits::kMapEntries> map;
  Dictionary<Limits::kLogDictionary> dictionary;

  Prediction predict(std::uint32_t old_address) const {
    if (chip.is_rom(old_address)) return {old_address, 0};
    if (const std::uint32_t* known = dictionary.find(old_address)) return {*known, 0};
    if (const auto mapped = map.find(old_address)) return {*mapped, 1};
    return {old_address, 2};
  }
  void learn(std::uint32_t old_address, std::uint32_t actual) {
    if (chip.is_rom(old_address)) return;
    if (map.find(old_address).value_or(old_address) == actual) {
      dictionary.remove(old_address);
    } else {
      dictionary.store(old_address, actual);
    }
  }
};

}  // namespace updraft::delta
