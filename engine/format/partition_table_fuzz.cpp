// The binary partition table. If the input holds an MD5 entry, its MD5 is corrected (unless the
// last bit says otherwise), else hardly any input would get past it.
#include <algorithm>
#include <array>
#include <vector>

#include "engine/crypto/md5.hpp"
#include "engine/format/partition_csv.hpp"
#include "engine/format/partition_table.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using format::kPartitionEntryBytes;

void make_md5_right(MutableBytes bytes) {
  for (std::size_t at = 0; at + kPartitionEntryBytes <= bytes.size(); at += kPartitionEntryBytes) {
    if (load_le16(bytes, at) != format::kPartitionMd5Magic) continue;
    std::ranges::copy(crypto::md5(bytes.first(at)), bytes.subspan(at + 16).begin());
    return;
  }
}

void check_written(const format::PartitionTable& table, bool md5) {
  const auto entries = table.entries();
  std::array<std::byte, format::kPartitionTableBytes> bytes;
  check(format::write_partition_table(entries, bytes, md5).has_value(), "what is read is written");
  const auto again = format::parse_partition_table(bytes);
  check(again && again->has_md5 == md5, "what is written is read");
  check(std::ranges::equal(again->table.entries(), entries), "it comes back the same");
}

void check_text(const format::PartitionTable& table) {
  std::vector<char> text(format::kCsvTextBytes);
  const auto size = format::write_partition_csv(table.entries(), text);
  check(!size || *size <= text.size(), "the text fits its buffer");
}

void check_questions(const format::PartitionTable& table) {
  for (const format::Partition& entry : table.entries()) {
    const format::Partition* same = table.find(entry.type, entry.subtype);
    check(same != nullptr && same <= &entry, "the first of a type is found");
    same = table.find(entry.label.view());
    check(same != nullptr && same <= &entry, "the first of a name is found");
  }
  check(table.application_ota_slots() <= table.bootloader_ota_slots(),
        "the application sees no slot that the bootloader does not");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const Bytes raw = input(data, size);
  if (raw.empty()) return 0;
  std::vector<std::byte> bytes(raw.begin(), raw.end());
  if ((load_u8(raw, size - 1) & 1) != 0) make_md5_right(bytes);

  const std::uint32_t flash_size = size % 2 == 0 ? 4 * 1024 * 1024 : 0;
  const auto parsed = format::parse_partition_table(bytes, flash_size);
  check(!parsed == false || parsed.error().code == Code::malformed, "a bad table is malformed");
  format::is_partition_table(bytes, size % 64);
  if (!parsed) return 0;
  check_written(parsed->table, parsed->has_md5);
  check_text(parsed->table);
  check_questions(parsed->table);
  for (const format::Partition& entry : parsed->table.entries()) {
    const std::uint64_t end = std::uint64_t{entry.offset} + entry.size;
    check(flash_size == 0 || end <= flash_size, "partitions lie inside the flash");
  }
  return 0;
}
