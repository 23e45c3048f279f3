#include "host/files/flash_edit.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "engine/format/otadata.hpp"

namespace updraft::files {
namespace {

using format::kOtaRecordSpacing;

MutableBytes whole_otadata(MutableBytes file, std::uint32_t base,
                           const format::Partition& otadata) {
  const MutableBytes bytes = partition_bytes(file, base, otadata);
  return bytes.size() < format::kOtaDataBytes ? MutableBytes{} : bytes;
}

}  // namespace

MutableBytes partition_bytes(MutableBytes file, std::uint32_t base,
                             const format::Partition& partition) {
  if (partition.offset < base || partition.offset - base >= file.size()) return {};
  const MutableBytes rest = file.subspan(partition.offset - base);
  return rest.first(std::min<std::size_t>(rest.size(), partition.size));
}

bool erase_otadata(MutableBytes file, std::uint32_t base, const format::Partition& otadata) {
  const MutableBytes bytes = whole_otadata(file, base, otadata);
  std::ranges::fill(bytes, std::byte{0xFF});
  return !bytes.empty();
}

bool select_slot(MutableBytes file, std::uint32_t base, const format::Partition& otadata,
                 std::uint32_t slot, std::uint32_t slots) {
  const MutableBytes bytes = whole_otadata(file, base, otadata);
  if (bytes.empty() || slots == 0) return false;
  const format::OtaRecords records = {format::parse_ota_record(bytes),
                                      format::parse_ota_record(bytes.subspan(kOtaRecordSpacing))};
  const auto newest = format::newest_usable(records);
  std::size_t record = 0;
  std::uint32_t seq = slot + 1;
  if (newest) {
    const std::uint32_t newest_seq = records[*newest].seq;
    const bool same = format::slot_of(newest_seq, slots) == slot;
    record = same ? *newest : 1 - *newest;
    seq = same ? newest_seq : format::next_seq(newest_seq, slot, slots);
    if (seq == 0) return false;
  }
  const MutableBytes sector = bytes.subspan(record * kOtaRecordSpacing, kOtaRecordSpacing);
  std::ranges::fill(sector, std::byte{0xFF});
  std::ranges::copy(format::make_ota_record(seq, format::OtaState::valid), sector.begin());
  return true;
}

std::vector<std::byte> merge(std::vector<FlashPart> parts, std::uint32_t from,
                             std::string& problem) {
  std::ranges::sort(parts, {},
                    [](const FlashPart& part) { return std::tie(part.offset, part.name); });
  std::vector<std::byte> image;
  const FlashPart* before = nullptr;
  for (const FlashPart& part : parts) {
    const std::uint64_t end = from + std::uint64_t{image.size()};
    if (part.offset < from) {
      problem = fmt::format("{} begins at {:#x}, before {:#x}", part.name, part.offset, from);
      return {};
    }
    if (part.offset < end && before != nullptr) {
      problem = fmt::format("{} reaches to {:#x}, over {} at {:#x}", before->name, end, part.name,
                            part.offset);
      return {};
    }
    image.resize(part.offset - from, std::byte{0xFF});
    image.insert(image.end(), part.bytes.begin(), part.bytes.end());
    before = &part;
  }
  return image;
}

}  // namespace updraft::files
