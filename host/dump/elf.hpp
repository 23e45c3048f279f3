// As much of a 32-bit little-endian ELF core file as a core dump needs: notes, and memory by
// address. Every offset is checked; what does not fit is left out.
#pragma once
#include <cstdint>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::dump {

// A core dump has a few segments for each task.
inline constexpr std::size_t kMaxElfSegments = 1024;
inline constexpr std::size_t kMaxElfNotes = 1024;

struct ElfNote {
  std::uint32_t type = 0;
  Bytes data;
};

class Elf {
 public:
  explicit Elf(Bytes file);  // outlives it
  const std::vector<ElfNote>& notes() const { return notes_; }
  // Up to `size` bytes of memory from `address` on; fewer where the segment ends, none where no
  // segment has the address.
  Bytes memory(std::uint32_t address, std::size_t size) const;

 private:
  struct Segment {
    std::uint32_t address;
    Bytes data;
  };
  void add_notes(Bytes segment);

  std::vector<Segment> loaded_;
  std::vector<ElfNote> notes_;
};

}  // namespace updraft::dump
