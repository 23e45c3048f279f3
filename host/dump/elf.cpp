#include "host/dump/elf.hpp"

#include <algorithm>

#include "updraft/flash.hpp"

namespace updraft::dump {
namespace {

constexpr std::size_t kHeaderBytes = 52, kProgramHeaderBytes = 32;
constexpr std::uint32_t kLoad = 1, kNote = 4;

}  // namespace

Elf::Elf(Bytes file) {
  if (file.size() < kHeaderBytes) return;
  const std::uint64_t at = load_le32(file, 28);
  const std::size_t count = std::min<std::size_t>(load_le16(file, 44), kMaxElfSegments);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t header_at = at + i * kProgramHeaderBytes;
    if (!inside(header_at, kProgramHeaderBytes, file.size())) return;
    const Bytes header = file.subspan(static_cast<std::size_t>(header_at), kProgramHeaderBytes);
    const std::uint32_t offset = load_le32(header, 4), size = load_le32(header, 16);
    if (offset > file.size()) continue;
    const Bytes data = at_most(file.subspan(offset), size);  // a dump that was cut has the front
    if (load_le32(header, 0) == kLoad) loaded_.push_back({load_le32(header, 8), data});
    if (load_le32(header, 0) == kNote) add_notes(data);
  }
}

void Elf::add_notes(Bytes segment) {
  while (segment.size() >= 12 && notes_.size() < kMaxElfNotes) {
    const std::uint64_t name = align_up(load_le32(segment, 0), 4);
    const std::uint32_t size = load_le32(segment, 4);
    const std::uint32_t type = load_le32(segment, 8);
    if (!inside(12 + name, size, segment.size())) return;
    notes_.push_back({type, segment.subspan(static_cast<std::size_t>(12 + name), size)});
    const std::uint64_t next = 12 + name + align_up(size, 4);
    segment =
        segment.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(next, segment.size())));
  }
}

Bytes Elf::memory(std::uint32_t address, std::size_t size) const {
  for (const Segment& segment : loaded_) {
    if (address < segment.address || address - segment.address >= segment.data.size()) continue;
    return at_most(segment.data.subspan(address - segment.address), size);
  }
  return {};
}

}  // namespace updraft::dump
