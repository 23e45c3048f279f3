// What the same base bytes have become the last time that they changed (spec/delta.md section 9):
// an instruction whose offset or register is another one is so in many places.
#pragma once
#include <array>
#include <cstdint>

namespace updraft::delta {

class Substitutions {  // 1 KiB
 public:
  struct Entry {
    std::uint32_t old_bytes = 0, new_bytes = 0;
    // Of bytes that hash to this entry.
    bool substitutes(std::uint32_t bytes) const { return old_bytes == bytes && new_bytes != bytes; }
    void note(std::uint32_t bytes, std::uint32_t became) {
      if (became != bytes) {
        *this = {bytes, became};
      } else if (old_bytes == bytes) {
        *this = {};
      }
    }
  };
  void reset() { entries_.fill({}); }
  Entry& of(std::uint32_t bytes, std::uint32_t size) {
    return entries_[((bytes + size * 0x51ED'270B) * 0x9E37'79B1) >> 25];
  }

 private:
  std::array<Entry, 128> entries_{};
};

}  // namespace updraft::delta
