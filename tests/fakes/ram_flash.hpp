// NOR flash in a vector, counting what is done to it. For faults and timing: sim/nor_flash.hpp.
#pragma once
#include <functional>
#include <vector>

#include "updraft/flash.hpp"

namespace updraft::fakes {

class RamFlash final : public Flash {
 public:
  explicit RamFlash(std::uint32_t size, std::byte content = std::byte{0x5A})
      : bytes(size, content) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(bytes.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (fail_reads || !inside(offset, out.size(), size()))
      return fail(Code::flash, Where::slot, offset);
    std::copy_n(bytes.begin() + offset, out.size(), out.begin());
    bytes_read += out.size();
    return {};
  }
  Result<> program(std::uint32_t offset, Bytes data) override {
    if (fail_programs || !inside(offset, data.size(), size()))
      return fail(Code::flash, Where::slot);
    ++programs;
    for (std::size_t i = 0; i < data.size(); ++i) bytes[offset + i] &= data[i];
    if (after_program) after_program();
    return {};
  }
  Result<> erase(std::uint32_t offset, std::uint32_t length) override {
    const bool aligned = offset % kFlashSector == 0 && length % kFlashSector == 0;
    if (!aligned || !inside(offset, length, size())) return fail(Code::flash, Where::slot, offset);
    erased.push_back({offset, length});
    std::fill_n(bytes.begin() + offset, length, std::byte{0xFF});
    return {};
  }

  struct Erase {
    std::uint32_t offset, length;
    friend bool operator==(const Erase&, const Erase&) = default;
  };
  std::vector<std::byte> bytes;
  std::vector<Erase> erased;
  int programs = 0;
  bool fail_programs = false, fail_reads = false;
  std::size_t bytes_read = 0;
  std::function<void()> after_program;
};

}  // namespace updraft::fakes
