// Types and subtypes of partitions and the words the CSV dialect has for them
// (spec/esp32.md section 2.2).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace updraft::format {

// Any byte can stand in a table: 0x40 to 0xFE are a product's own types.
enum class PartitionType : std::uint8_t {
  app = 0x00,
  data = 0x01,
  bootloader = 0x02,
  partition_table = 0x03,
  end = 0xFF,
};

// Subtypes that the library asks for. Which type they belong to is in their name.
inline constexpr std::uint8_t kAppFactory = 0x00;
inline constexpr std::uint8_t kAppOta0 = 0x10;  // ota_0; ota_15 is the last
inline constexpr std::uint8_t kMaxOtaSlots = 16;
inline constexpr std::uint8_t kAppTest = 0x20;
inline constexpr std::uint8_t kDataOta = 0x00;
inline constexpr std::uint8_t kDataNvs = 0x02;
inline constexpr std::uint8_t kDataCoredump = 0x03;
inline constexpr std::uint8_t kDataNvsKeys = 0x04;
inline constexpr std::uint8_t kDataUndefined = 0x06;
inline constexpr std::uint8_t kDataTeeOta = 0x90;
inline constexpr std::uint8_t kPrimary = 0x00;  // of bootloader and partition_table
inline constexpr std::uint8_t kBootloaderRecovery = 0x02;

// Words, lower case: "data", "nvs". Empty if there is none.
std::string_view type_word(PartitionType type);
std::string_view subtype_word(PartitionType type, std::uint8_t subtype);

// The way back; upper and lower case are the same.
std::optional<PartitionType> find_type(std::string_view word);
std::optional<std::uint8_t> find_subtype(PartitionType type, std::string_view word);

}  // namespace updraft::format
