// Flash, to be filled in: the driver of the part, or of one partition. include/updraft/flash.hpp
// says what each call must keep; tests/rv32/cfi_flash.cpp is a whole one, for real NOR commands.
#pragma once
#include "updraft/flash.hpp"

namespace updraft::port_template {

class PartFlash final : public Flash {
 public:
  // Fill in: bytes of the part, a multiple of kFlashSector.
  std::uint32_t size() const override { return 4 * 1024 * 1024; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;

  // Fill in, if they differ from most parts: the data sheet's typical times.
  FlashTimes times() const override { return {}; }
  // Fill in: feed the watchdog, let other tasks run. Called at least after each page and each
  // erase.
  void yield() override {}
};

}  // namespace updraft::port_template
