// Flash on a partition: what esp_partition does, with a pause for others after each long stretch.
//
// While the flash erases or programs, no code runs from it: one block erase stops the CPU for
// 150 ms, up to 2 s at worst. After every 64 KiB of work the task sleeps one tick, so that the idle
// task runs and the task watchdog is fed (its default is 5 s).
//
// If the partition is encrypted, a program starts at a multiple of 16 bytes and is filled up to one
// with FF, and erased flash does not read as FF.
#pragma once
#include "updraft/flash.hpp"

#include "esp_partition.h"

namespace updraft::esp_idf {

class PartitionFlash final : public Flash {
 public:
  // The partition is of the table in RAM and lives as long as the program does.
  explicit PartitionFlash(const esp_partition_t& partition) : partition_(partition) {}

  std::uint32_t size() const override { return partition_.size; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;
  bool erased_reads_blank() const override { return !partition_.encrypted; }

  const esp_partition_t& partition() const { return partition_; }

 private:
  Result<> program_encrypted(std::uint32_t offset, Bytes data);
  void worked(std::uint32_t bytes);

  const esp_partition_t& partition_;
  std::uint32_t since_pause_ = 0;  // bytes erased or programmed
};

}  // namespace updraft::esp_idf
