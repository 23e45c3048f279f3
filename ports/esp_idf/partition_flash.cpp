#include "ports/esp_idf/partition_flash.hpp"

#include <array>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/esp_result.hpp"

namespace updraft::esp_idf {
namespace {
constexpr std::size_t kCipherBlock = 16;
}

Result<> PartitionFlash::read(std::uint32_t offset, MutableBytes out) {
  return result_of(esp_partition_read(&partition_, offset, out.data(), out.size()), Where::slot);
}

Result<> PartitionFlash::program(std::uint32_t offset, Bytes data) {
  if (data.empty()) return {};
  const Result<> done =
      partition_.encrypted
          ? program_encrypted(offset, data)
          : result_of(esp_partition_write(&partition_, offset, data.data(), data.size()),
                      Where::slot);
  worked(static_cast<std::uint32_t>(data.size()));
  return done;
}

Result<> PartitionFlash::program_encrypted(std::uint32_t offset, Bytes data) {
  const std::size_t whole = data.size() / kCipherBlock * kCipherBlock;
  if (whole > 0) {
    UPDRAFT_TRY(
        result_of(esp_partition_write(&partition_, offset, data.data(), whole), Where::slot));
  }
  const Bytes rest = data.subspan(whole);
  if (rest.empty()) return {};
  std::array<std::byte, kCipherBlock> block;
  block.fill(std::byte{0xFF});
  std::copy(rest.begin(), rest.end(), block.begin());
  const auto at = static_cast<std::uint32_t>(offset + whole);
  return result_of(esp_partition_write(&partition_, at, block.data(), block.size()), Where::slot);
}

Result<> PartitionFlash::erase(std::uint32_t offset, std::uint32_t length) {
  const Result<> done =
      result_of(esp_partition_erase_range(&partition_, offset, length), Where::slot);
  worked(length);
  return done;
}

void PartitionFlash::worked(std::uint32_t bytes) {
  since_pause_ += bytes;
  if (since_pause_ < kFlashBlock) return;
  since_pause_ = 0;
  vTaskDelay(1);
}

}  // namespace updraft::esp_idf
