#include "host/dump/table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "updraft/flash.hpp"

#include "engine/crypto/md5.hpp"
#include "engine/format/image.hpp"
#include "engine/rescue/rescue_boot.hpp"
#include "host/dump/words.hpp"

namespace updraft::dump {
namespace {

using format::kPartitionEntryBytes;
using format::Partition;
using format::PartitionType;

constexpr std::size_t kMd5At = 16;

Partition partition_at(Bytes entry) {
  return {static_cast<PartitionType>(load_u8(entry, 2)),
          load_u8(entry, 3),
          load_le32(entry, 4),
          load_le32(entry, 8),
          Text<format::kPartitionLabelBytes>(entry.subspan(12, format::kPartitionLabelBytes)),
          load_le32(entry, 28)};
}

// Entry by entry, as far as there are any.
class Walk {
 public:
  Walk(Bytes bytes, std::uint32_t flash_size, TableReading& out)
      : bytes_(at_most(bytes, format::kPartitionTableBytes)), flash_size_(flash_size), out_(out) {}

  void run() {
    std::size_t at = 0;
    for (; at + kPartitionEntryBytes <= bytes_.size(); at += kPartitionEntryBytes) {
      const Bytes entry = bytes_.subspan(at, kPartitionEntryBytes);
      if (is_erased(entry) && at != 0) return;
      judge(entry, at);
    }
    if (at < bytes_.size()) {
      return fault("the table is cut off: entry {} has {} of {} bytes", at / kPartitionEntryBytes,
                   bytes_.size() - at, kPartitionEntryBytes);
    }
    fault("the table has no end: {} entries, and no blank one after them",
          at / kPartitionEntryBytes);
  }

 private:
  void judge(Bytes entry, std::size_t at) {
    const std::size_t number = at / kPartitionEntryBytes;
    const std::uint16_t magic = load_le16(entry, 0);
    if (magic == format::kPartitionMd5Magic) return judge_md5(entry, at);
    if (magic != format::kPartitionMagic) {
      return fault("entry {} begins with {}, not aa50", number, hex(entry.first(2)));
    }
    const Partition partition = partition_at(entry);
    const std::uint64_t flash = flash_size_ != 0 ? flash_size_ : std::uint64_t{1} << 32;
    if (!inside(partition.offset, partition.size, flash)) {
      fault("entry {}, {}, reaches past the end of the flash at {:#x}", number,
            place_text(partition), flash);
    }
    if (!out_.table.add(partition)) fault("entry {} is one too many", number);
  }

  void judge_md5(Bytes entry, std::size_t at) {
    const crypto::Md5Digest right = crypto::md5(bytes_.first(at));
    const Bytes stored = entry.subspan(kMd5At);
    if (out_.has_md5) fault("entry {} is a second MD5", at / kPartitionEntryBytes);
    if (!std::ranges::equal(stored, right)) {
      fault("the MD5 is wrong: {} stands there, the entries make {}", hex(stored), hex(right));
    }
    out_.has_md5 = true;
  }

  template <class... Args>
  void fault(fmt::format_string<Args...> text, Args&&... args) {
    if (out_.faults.size() < kMaxTableFaults) {
      out_.faults.push_back(fmt::format(text, std::forward<Args>(args)...));
    }
  }

  Bytes bytes_;
  std::uint32_t flash_size_;
  TableReading& out_;
};

bool is_app(const Partition& p) { return p.type == PartitionType::app; }

std::uint64_t end_of(const Partition& p) { return std::uint64_t{p.offset} + p.size; }

void add_overlaps(const format::PartitionTable& table, std::vector<std::string>& doubts) {
  const auto entries = table.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t k = i + 1; k < entries.size() && doubts.size() < kMaxTableFaults; ++k) {
      const Partition &a = entries[i], &b = entries[k];
      if (a.offset < end_of(b) && b.offset < end_of(a)) {
        doubts.push_back(fmt::format("{} and {} overlap", place_text(a), place_text(b)));
      }
      if (!a.label.empty() && a.label == b.label) {
        doubts.push_back(fmt::format("the name \"{}\" is used twice", printable(a.label.view())));
      }
    }
  }
}

std::string update_doubt(const format::PartitionTable& table) {
  const bool factory = table.find(PartitionType::app, format::kAppFactory) != nullptr;
  const auto because = [](Reason why) {
    return std::string(sentence(Error{Code::no_other_image, Where::table, 0, 0, why}));
  };
  if (std::ranges::none_of(table.entries(), is_app))
    return "There is no app in this table; it boots nothing.";
  if (table.find(PartitionType::data, format::kDataOta) == nullptr)
    return because(Reason::no_otadata);
  if (table.application_ota_slots() != table.bootloader_ota_slots())
    return because(Reason::slot_gap);
  if (table.bootloader_ota_slots() == 0) return because(Reason::one_slot);
  if (table.bootloader_ota_slots() > 1) return "";
  if (!factory) return because(Reason::one_slot);
  const Partition& app = *table.find(PartitionType::app, format::kAppFactory);
  if (app.label.view() == kRescueLabel) return "";  // the app hands over to it by itself
  return fmt::format(
      "One slot beside the factory app: every update but the first needs a restart into {} before "
      "it.",
      printable(app.label.view()));
}

}  // namespace

std::string place_text(const Partition& partition) {
  return fmt::format("{} ({:#x} to {:#x})", printable(partition.label.view()), partition.offset,
                     end_of(partition));
}

TableReading read_table(Bytes bytes, std::uint32_t flash_size) {
  TableReading reading;
  Walk(bytes, flash_size, reading).run();
  return reading;
}

std::vector<std::string> doubts_about(const format::PartitionTable& table) {
  std::vector<std::string> doubts;
  add_overlaps(table, doubts);
  for (const Partition& p : table.entries()) {
    if (is_app(p) && p.offset % format::kDefaultMmuPage != 0) {
      doubts.push_back(fmt::format(
          "{} does not begin at a multiple of 64 KiB: no app boots from it", place_text(p)));
    }
  }
  if (std::string doubt = update_doubt(table); !doubt.empty()) doubts.push_back(std::move(doubt));
  return doubts;
}

}  // namespace updraft::dump
