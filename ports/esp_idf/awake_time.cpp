#include "ports/esp_idf/awake_time.hpp"

#include <algorithm>
#include <array>

#include "updraft/bytes.hpp"

#include "sdkconfig.h"

#if defined(CONFIG_SOC_RTC_FAST_MEM_SUPPORTED) || defined(CONFIG_SOC_RTC_SLOW_MEM_SUPPORTED)

#include "engine/format/crc32.hpp"
#include "esp_app_desc.h"
#include "esp_attr.h"
#include "esp_system.h"

namespace updraft::esp_idf {
namespace {

// image: the first bytes of the hash of its ELF file. Another image may have used the same place.
constexpr std::size_t kMillisOffset = 4, kCrcOffset = 8, kRecordBytes = 12;
RTC_NOINIT_ATTR std::array<std::byte, kRecordBytes> record;

std::array<std::byte, kRecordBytes> record_of(std::uint32_t millis) {
  std::array<std::byte, kRecordBytes> made{};
  const auto& image = esp_app_get_description()->app_elf_sha256;
  std::transform(image, image + kMillisOffset, made.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  store_le32(made, kMillisOffset, millis);
  store_le32(made, kCrcOffset, format::crc32(Bytes(made).first(kCrcOffset)));
  return made;
}

}  // namespace

Millis awake_before_sleep() {
  const std::uint32_t millis = load_le32(record, kMillisOffset);
  const bool slept = esp_reset_reason() == ESP_RST_DEEPSLEEP && record == record_of(millis);
  return Millis{slept ? millis : 0};
}

void note_awake(Millis all) {
  constexpr Millis::rep kMost = UINT32_MAX;  // 49 days
  record = record_of(static_cast<std::uint32_t>(std::min(all.count(), kMost)));
}

}  // namespace updraft::esp_idf

#else

namespace updraft::esp_idf {
Millis awake_before_sleep() { return Millis{0}; }
void note_awake(Millis) {}
}  // namespace updraft::esp_idf

#endif
