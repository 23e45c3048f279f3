#include "engine/format/partition_table.hpp"

#include <algorithm>

#include "updraft/flash.hpp"

#include "engine/crypto/md5.hpp"

namespace updraft::format {
namespace {

constexpr std::size_t kMd5At = 16;  // in the MD5 entry
constexpr std::uint16_t kEndMagic = 0xFFFF;

Partition parse_entry(Bytes entry) {
  return {
      .type = static_cast<PartitionType>(load_u8(entry, 2)),
      .subtype = load_u8(entry, 3),
      .offset = load_le32(entry, 4),
      .size = load_le32(entry, 8),
      .label = Text<kPartitionLabelBytes>(entry.subspan(12, kPartitionLabelBytes)),
      .flags = load_le32(entry, 28),
  };
}

void write_entry(const Partition& partition, MutableBytes entry) {
  std::ranges::fill(entry, std::byte{0});
  store_le16(entry, 0, kPartitionMagic);
  entry[2] = static_cast<std::byte>(partition.type);
  entry[3] = std::byte{partition.subtype};
  store_le32(entry, 4, partition.offset);
  store_le32(entry, 8, partition.size);
  std::ranges::copy(as_bytes(partition.label.view()), entry.subspan(12).begin());
  store_le32(entry, 28, partition.flags);
}

bool is_end_marker(Bytes entry) {
  return load_le16(entry, 0) == kEndMagic &&
         static_cast<PartitionType>(load_u8(entry, 2)) == PartitionType::end &&
         load_u8(entry, 3) == 0xFF;
}

Result<> judge_place(const Partition& partition, std::uint32_t flash_size) {
  const std::uint64_t flash = flash_size != 0 ? flash_size : std::uint64_t{1} << 32;
  if (inside(partition.offset, partition.size, flash)) return {};
  return fail(Code::malformed, Where::table, std::uint64_t{partition.offset} + partition.size,
              flash_size);
}

Result<> judge_md5(Bytes entries, Bytes md5_entry) {
  const crypto::Md5Digest right = crypto::md5(entries);
  if (std::ranges::equal(md5_entry.subspan(kMd5At), right)) return {};
  return fail(Code::malformed, Where::table, load_le32(md5_entry, kMd5At), load_le32(right, 0));
}

}  // namespace

Result<> PartitionTable::add(const Partition& partition) {
  if (size_ == entries_.size()) {
    return fail(Code::malformed, Where::table, size_ + 1, kMaxPartitionEntries);
  }
  entries_[size_++] = partition;
  return {};
}

const Partition* PartitionTable::find(PartitionType type, std::uint8_t subtype) const {
  for (const Partition& entry : entries()) {
    if (entry.type == type && entry.subtype == subtype) return &entry;
  }
  return nullptr;
}

const Partition* PartitionTable::find(std::string_view label) const {
  for (const Partition& entry : entries()) {
    if (entry.label.view() == label) return &entry;
  }
  return nullptr;
}

const Partition* PartitionTable::ota_slot(std::uint32_t index) const {
  if (index >= kMaxOtaSlots) return nullptr;
  return find(PartitionType::app, static_cast<std::uint8_t>(kAppOta0 + index));
}

std::uint32_t PartitionTable::bootloader_ota_slots() const {
  const auto is_ota = [](const Partition& entry) {
    return entry.type == PartitionType::app && entry.subtype >= kAppOta0 &&
           entry.subtype < kAppOta0 + kMaxOtaSlots;
  };
  return static_cast<std::uint32_t>(std::ranges::count_if(entries(), is_ota));
}

std::uint32_t PartitionTable::application_ota_slots() const {
  std::uint32_t slots = 0;
  while (ota_slot(slots) != nullptr) ++slots;
  return slots;
}

Result<ParsedPartitionTable> parse_partition_table(Bytes bytes, std::uint32_t flash_size) {
  bytes = bytes.first(std::min(bytes.size(), kPartitionTableBytes));
  ParsedPartitionTable parsed;
  std::size_t at = 0;
  for (; at + kPartitionEntryBytes <= bytes.size(); at += kPartitionEntryBytes) {
    const Bytes entry = bytes.subspan(at, kPartitionEntryBytes);
    const std::uint16_t magic = load_le16(entry, 0);
    if (magic == kPartitionMagic) {
      const Partition partition = parse_entry(entry);
      UPDRAFT_TRY(judge_place(partition, flash_size));
      UPDRAFT_TRY(parsed.table.add(partition));
    } else if (magic == kPartitionMd5Magic) {
      if (parsed.has_md5) return fail(Code::malformed, Where::table, 2, 1);
      UPDRAFT_TRY(judge_md5(bytes.first(at), entry));
      parsed.has_md5 = true;
    } else if (is_end_marker(entry) && at != 0) {
      return parsed;
    } else {
      return fail(Code::malformed, Where::table, magic, kPartitionMagic);
    }
  }
  return fail(Code::malformed, Where::table, at, kPartitionTableBytes);
}

bool is_partition_table(Bytes flash, std::uint64_t offset) {
  if (!inside(offset, kPartitionTableBytes, flash.size()) || flash.size() > UINT32_MAX)
    return false;
  const auto flash_size = static_cast<std::uint32_t>(flash.size());
  return parse_partition_table(flash.subspan(static_cast<std::size_t>(offset)), flash_size)
      .has_value();
}

Result<> write_partition_table(std::span<const Partition> partitions,
                               std::span<std::byte, kPartitionTableBytes> out, bool md5) {
  const std::size_t room = kMaxPartitionEntries - (md5 ? 1 : 0);
  if (partitions.size() > room) {
    return fail(Code::malformed, Where::table, partitions.size(), room);
  }
  std::ranges::fill(out, std::byte{0xFF});
  MutableBytes rest = out;
  for (const Partition& partition : partitions) {
    write_entry(partition, rest.first(kPartitionEntryBytes));
    rest = rest.subspan(kPartitionEntryBytes);
  }
  if (!md5) return {};
  store_le16(rest, 0, kPartitionMd5Magic);
  const std::size_t used = out.size() - rest.size();
  std::ranges::copy(crypto::md5(out.first(used)), rest.subspan(kMd5At).begin());
  return {};
}

}  // namespace updraft::format
