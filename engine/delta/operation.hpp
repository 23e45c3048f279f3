// The operations of a chunk (spec/delta.md section 5): literals, then a copy from the base. They
// run ahead of the data, so that a jump out of a copy finds where its target went.
//
// Memory: 12 bytes for each of 2 * kLook + 1 operations.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/delta/layout.hpp"

namespace updraft::delta {

struct Operation {
  std::uint32_t source = 0, target = 0, size = 0;  // base offset, target offset, bytes copied
  std::uint32_t source_end() const { return source + size; }
  std::uint32_t target_end() const { return target + size; }
  bool reads(std::uint32_t offset) const { return offset >= source && offset - source < size; }
};

struct CodedOperation {  // as a patch holds it
  std::uint32_t literals = 0, source = 0, size = 0;
};

// The last and the next operations around the one that is being carried out. No updraft::Ring: what
// was carried out stays, and is found by its number.
template <std::size_t kLook>
class OperationRing {
 public:
  void reset(std::uint32_t count) {
    count_ = count;
    decoded_ = 0;
  }
  std::uint32_t count() const { return count_; }
  std::uint32_t decoded() const { return decoded_; }
  void add(const Operation& op) { ring_[decoded_++ % ring_.size()] = op; }
  // By its number in the chunk.
  const Operation& operator[](std::uint32_t number) const { return ring_[number % ring_.size()]; }
  // The one that was decoded `back` before the next one, 1 to 16; all of these are still there.
  const Operation& recent(std::uint32_t back) const { return (*this)[decoded_ - back]; }

  // The nearest operation to `number`, at most `look` away, that copies from base `offset`.
  const Operation* find(std::uint32_t number, std::uint32_t look, std::uint32_t offset) const {
    for (std::uint32_t away = 1; away <= look; ++away) {
      if (number + away < decoded_ && (*this)[number + away].reads(offset)) {
        return &(*this)[number + away];
      }
      if (number >= away && (*this)[number - away].reads(offset)) return &(*this)[number - away];
    }
    return nullptr;
  }

 private:
  static_assert(kLook >= 8, "the last 16 operations are there");
  std::array<Operation, 2 * kLook + 1> ring_{};
  std::uint32_t count_ = 0, decoded_ = 0;
};

}  // namespace updraft::delta
