// Flash on the NOR chip of the emulated machine: CFI, Intel command set, two 16-bit chips side by
// side on a 32-bit bus at 0x20000000. Its content outlives the machine.
//
// The chip erases blocks of 256 KiB and the library wants sectors of 4 KiB, so each sector has an
// erase block of its own and uses the first 4 KiB of it: 128 sectors, 512 KiB.
#pragma once
#include "updraft/flash.hpp"

namespace updraft::rv32 {

class CfiFlash final : public Flash {
 public:
  std::uint32_t size() const override { return 128 * kFlashSector; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;
};

}  // namespace updraft::rv32
