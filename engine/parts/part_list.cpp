#include "engine/parts/part_list.hpp"

#include <utility>

namespace updraft::parts {

bool PartList::pairs_with(const format::Partition& entry) const {
  return !pair_name(first_, entry).empty();
}

void PartList::add(const format::Partition& entry, Flash* flash) {
  const bool second = std::exchange(may_be_first_, false) && pairs_with(entry);
  if (entry.type == format::PartitionType::app) return;
  if (entry.label.view() == kStaging) staging_ = flash;
  if (entry.size == 0 || entry.size % kFlashSector != 0) return;
  if (second) {
    parts_[count_ - 1].label = Text<kLabel>(pair_name(first_, entry));
    parts_[count_ - 1].copies[1] = flash;
    return;
  }
  if (count_ == parts_.size()) return;
  parts_[count_++] = {.label = entry.label,
                      .kind = kind_of(entry.type, entry.subtype),
                      .copies = {flash, nullptr},
                      .target = may_be_target(entry)};
  first_ = entry;
  may_be_first_ = parts_[count_ - 1].target;
}

}  // namespace updraft::parts
