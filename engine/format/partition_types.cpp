#include "engine/format/partition_types.hpp"

#include "engine/core/words.hpp"

namespace updraft::format {
namespace {

struct TypeRow {
  PartitionType type;
  std::string_view word;
};
struct SubtypeRow {
  PartitionType type;
  std::uint8_t subtype;
  std::string_view word;
};

using enum PartitionType;

// clang-format off
constexpr TypeRow kTypes[] = {
    {app, "app"}, {data, "data"}, {bootloader, "bootloader"}, {partition_table, "partition_table"},
};
constexpr SubtypeRow kSubtypes[] = {
    {app, 0x00, "factory"},
    {app, 0x10, "ota_0"},  {app, 0x11, "ota_1"},  {app, 0x12, "ota_2"},  {app, 0x13, "ota_3"},
    {app, 0x14, "ota_4"},  {app, 0x15, "ota_5"},  {app, 0x16, "ota_6"},  {app, 0x17, "ota_7"},
    {app, 0x18, "ota_8"},  {app, 0x19, "ota_9"},  {app, 0x1A, "ota_10"}, {app, 0x1B, "ota_11"},
    {app, 0x1C, "ota_12"}, {app, 0x1D, "ota_13"}, {app, 0x1E, "ota_14"}, {app, 0x1F, "ota_15"},
    {app, 0x20, "test"},   {app, 0x30, "tee_0"},  {app, 0x31, "tee_1"},
    {data, 0x00, "ota"},       {data, 0x01, "phy"},      {data, 0x02, "nvs"},
    {data, 0x03, "coredump"},  {data, 0x04, "nvs_keys"}, {data, 0x05, "efuse"},
    {data, 0x06, "undefined"}, {data, 0x80, "esphttpd"}, {data, 0x81, "fat"},
    {data, 0x82, "spiffs"},    {data, 0x83, "littlefs"}, {data, 0x90, "tee_ota"},
    {bootloader, 0x00, "primary"}, {bootloader, 0x01, "ota"}, {bootloader, 0x02, "recovery"},
    {partition_table, 0x00, "primary"}, {partition_table, 0x01, "ota"},
};
// clang-format on

}  // namespace

std::string_view type_word(PartitionType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.word;
  }
  return {};
}

std::string_view subtype_word(PartitionType type, std::uint8_t subtype) {
  for (const SubtypeRow& row : kSubtypes) {
    if (row.type == type && row.subtype == subtype) return row.word;
  }
  return {};
}

std::optional<PartitionType> find_type(std::string_view word) {
  for (const TypeRow& row : kTypes) {
    if (same_word(row.word, word)) return row.type;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> find_subtype(PartitionType type, std::string_view word) {
  for (const SubtypeRow& row : kSubtypes) {
    if (row.type == type && same_word(row.word, word)) return row.subtype;
  }
  return std::nullopt;
}

}  // namespace updraft::format
