// The partition table as text. The options depend on the length of the input.
#include <algorithm>
#include <array>
#include <string>

#include "engine/format/partition_csv.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using format::Partition;

format::CsvOptions options_of(std::size_t size) {
  format::CsvOptions options;
  if (size % 2 != 0) options.flash_size = 4 * 1024 * 1024;
  if (size % 3 != 0) options.bootloader_offset = size % 11 == 0 ? 0x9000 : 0x1000;
  if (size % 5 != 0) options.recovery_bootloader_offset = 0x200000;
  options.secure_boot_v1 = size % 7 == 0;
  return options;
}

void check_table(const format::PartitionTable& table, const format::CsvOptions& options) {
  for (const Partition& a : table.entries()) {
    const std::uint64_t end = std::uint64_t{a.offset} + a.size;
    check(options.flash_size == 0 || end <= options.flash_size, "partitions lie inside the flash");
    check(a.offset % (a.type == format::PartitionType::app ? 0x10000 : 0x1000) == 0, "aligned");
    for (const Partition& b : table.entries()) {
      if (&a == &b) continue;
      check(a.label != b.label, "names are unique");
      check(end <= b.offset || a.offset >= std::uint64_t{b.offset} + b.size, "no overlap");
    }
  }
}

void check_binary(const format::PartitionTable& table) {
  std::array<std::byte, format::kPartitionTableBytes> bytes;
  const bool md5 = table.entries().size() < format::kMaxPartitionEntries;
  check(format::write_partition_table(table.entries(), bytes, md5).has_value(), "it is written");
  const auto again = format::parse_partition_table(bytes);
  check(again && std::ranges::equal(again->table.entries(), table.entries()),
        "the device reads what the text says");
}

void check_text(const format::PartitionTable& table, const format::CsvOptions& options) {
  std::string text(format::kCsvTextBytes, '\0');
  const auto size = format::write_partition_csv(table.entries(), text);
  if (!size) return;  // a name cut so that it ends with a blank
  const auto again = format::parse_partition_csv(std::string_view(text).substr(0, *size), options);
  check(again.has_value(), "what is written is read");
  check(std::ranges::equal(again->entries(), table.entries()), "it comes back the same");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const format::CsvOptions options = options_of(size);
  const auto table = format::parse_partition_csv(text, options);
  if (!table) {
    const format::CsvError& error = table.error();
    check(error.error.code == Code::malformed && !error.why.empty(), "an error says why");
    check(error.line <= 1 + std::ranges::count_if(text, [](char c) { return c < ' '; }),
          "an error's line is one of the text");
    return 0;
  }
  check_table(*table, options);
  check_binary(*table);
  check_text(*table, options);
  return 0;
}
