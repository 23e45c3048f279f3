// Where old addresses went (spec/delta.md sections 4.2, 7.2 and 7.3): a map that comes with the
// patch, and a dictionary of exceptions that is learned while the patch is applied.
//
// Memory: 6 bytes for each map entry, 8 for each dictionary entry. With 512 map entries instead of
// 1024 only patches across an SDK change grow noticeably; a device refuses a patch whose map is
// larger than its own before anything is written.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/bytes.hpp"

#include "engine/delta/ranges.hpp"

namespace updraft::delta {

inline constexpr std::uint32_t kMaxMapEntries = 1024;  // of the format

struct MapEntry {
  std::uint32_t start, delta;
};

// An entry takes 6 bytes: within a range of addresses, starts and distances fit 24 bits. Starts
// rise, so their highest byte changes only here and there.
template <std::size_t kMost>
class AddressMap {
 public:
  enum class Added : std::uint8_t { yes, not_rising, no_room };

  // Whether a map can hold such a distance at all: +-8 MiB.
  static constexpr bool holds(std::uint32_t delta) { return delta + kReach < 2 * kReach; }

  void clear() {
    size_ = 0;
    runs_size_ = 0;
  }
  // no_room: kMost entries, a distance above 8 MiB, or starts in more than 8 areas of 16 MiB.
  Added add(MapEntry entry) {
    if (size_ > 0 && entry.start <= start(size_ - 1)) return Added::not_rising;
    const auto high = static_cast<std::uint8_t>(entry.start >> 24);
    const bool new_run = runs_size_ == 0 || runs_[runs_size_ - 1].high != high;
    if (size_ == kMost || !holds(entry.delta) || (new_run && runs_size_ == runs_.size())) {
      return Added::no_room;
    }
    if (new_run) runs_[runs_size_++] = {static_cast<std::uint16_t>(size_), high};
    entries_[size_++] = {
        static_cast<std::uint16_t>(entry.start), static_cast<std::uint16_t>(entry.delta),
        static_cast<std::uint8_t>(entry.start >> 16), static_cast<std::uint8_t>(entry.delta >> 16)};
    return Added::yes;
  }
  std::optional<std::uint32_t> find(std::uint32_t address) const {
    std::size_t begin = 0, end = 0;  // of the run of the same 16 MiB; or all before it
    for (std::size_t run = 0; run < runs_size_ && runs_[run].high <= address >> 24; ++run) {
      begin = runs_[run].high == address >> 24 ? runs_[run].first : end_of(run);
      end = end_of(run);
    }
    const auto first = entries_.begin();
    const auto after = std::upper_bound(
        first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>(end),
        address & 0xFF'FFFF,
        [](std::uint32_t low, const Packed& entry) { return low < entry.start(); });
    if (after == first) return std::nullopt;
    return address + (after - 1)->delta();
  }

 private:
  static constexpr std::uint32_t kReach = 1u << 23;
  struct Packed {
    std::uint16_t start_low = 0, delta_low = 0;
    std::uint8_t start_high = 0, delta_high = 0;
    std::uint32_t start() const { return std::uint32_t{start_high} << 16 | start_low; }
    std::uint32_t delta() const {
      const std::uint32_t bits = std::uint32_t{delta_high} << 16 | delta_low;
      return (bits ^ kReach) - kReach;
    }
  };
  struct Run {  // of entries whose starts have the same highest byte
    std::uint16_t first = 0;
    std::uint8_t high = 0;
  };
  std::size_t end_of(std::size_t run) const {
    return run + 1 < runs_size_ ? runs_[run + 1].first : size_;
  }
  std::uint32_t start(std::size_t i) const {  // of the last run
    return std::uint32_t{runs_[runs_size_ - 1].high} << 24 | entries_[i].start();
  }

  std::array<Packed, kMost> entries_{};
  std::array<Run, 8> runs_{};
  std::size_t size_ = 0, runs_size_ = 0;
};

// Of addresses for which the map is wrong. Direct-mapped, 2^log entries.
template <unsigned kMaxLog>
class Dictionary {
 public:
  void reset(unsigned log) {
    log_ = log;
    entries_.fill({});
    entries_[0].old_address = 1;  // an empty entry never matches: 1 is not found at place 0
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
  std::uint32_t place(std::uint32_t address) const {
    return (address * 0x9E37'79B1u) >> (32 - log_);
  }

  std::array<Entry, std::size_t{1} << kMaxLog> entries_;
  unsigned log_ = kMaxLog;
};

// Where a predicted address comes from: the context of its unit's hit flag. Branches, and units
// without an address, number their contexts in their own way.
inline constexpr std::uint8_t kFromDictionary = 0;  // or in ROM, which does not move
inline constexpr std::uint8_t kFromMap = 1;
inline constexpr std::uint8_t kFromNobody = 2;  // nothing is known of it: left as it was
inline constexpr std::uint8_t kNoAddress = 3;   // the old one is none that could be looked up

// What `pred` says of an old address.
struct Prediction {
  std::uint32_t address = 0;
  std::uint8_t source = kFromDictionary;
};

template <class Limits>
struct AddressBook {
  ChipRanges chip;
  AddressMap<Limits::kMapEntries> map;
  Dictionary<Limits::kLogDictionary> dictionary;

  Prediction predict(std::uint32_t old_address) const {
    if (chip.is_rom(old_address)) return {old_address, kFromDictionary};
    if (const std::uint32_t* known = dictionary.find(old_address)) return {*known, kFromDictionary};
    if (const auto mapped = map.find(old_address)) return {*mapped, kFromMap};
    return {old_address, kFromNobody};
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
