#include "sim/device_parts.hpp"

#include <algorithm>

namespace updraft::sim {
namespace {

bool lists(const std::vector<std::string>& labels, std::string_view label) {
  return std::ranges::find(labels, label) != labels.end();
}

}  // namespace

DeviceParts::DeviceParts(Flash& flash, const format::PartitionTable& table,
                         const format::Partition& journal, std::uint32_t record_at,
                         std::uint32_t end, const PartSetup& setup)
    : record_flash_(flash, journal.offset, journal.size),
      store_(record_flash_, record_at),
      events_(setup.events != nullptr ? *setup.events : nobody_) {
  list(flash, table, setup);
  const std::uint32_t ledgers = record_at + parts::kBindingSectors * kFlashSector;
  if (ledgers < end) ledgers_.emplace(flash, journal.offset + ledgers, end - ledgers);
}

void DeviceParts::list(Flash& flash, const format::PartitionTable& table, const PartSetup& setup) {
  const auto entries = table.entries();
  const bool all_in_place = setup.one_slot && table.find(parts::kStaging) == nullptr;
  for (std::size_t i = 0; i < entries.size() && parts_.size() < parts::kTargets; ++i) {
    const format::Partition& entry = entries[i];
    Flash& window = windows_.emplace_back(flash, entry.offset, entry.size);
    if (entry.label.view() == parts::kStaging) staging_ = &window;
    const bool app = entry.type == format::PartitionType::app;
    if (app || entry.size == 0 || entry.size % kFlashSector != 0) continue;
    parts::Part part{.label = entry.label,
                     .kind = parts::kind_of(entry.type, entry.subtype),
                     .copies = {&window, nullptr},
                     .target = parts::may_be_target(entry)};
    if (i + 1 < entries.size() && part.target) {
      const format::Partition& next = entries[i + 1];
      if (const std::string_view pair = parts::pair_name(entry, next); !pair.empty()) {
        part.label = Text<parts::kLabel>(pair);
        part.copies[1] = &windows_.emplace_back(flash, next.offset, next.size);
        ++i;
      }
    }
    part.in_place = all_in_place || lists(setup.in_place, part.label.view());
    part.fs_autosize = lists(setup.fs_autosize, part.label.view());
    parts_.push_back(part);
  }
}

parts::BoundBoot& DeviceParts::bind(BootControl& boot, UpdateMemory& memory,
                                    std::uint32_t max_erase) {
  keeper_.emplace(parts::Holdings{.boot = boot,
                                  .parts = parts_,
                                  .store = store_,
                                  .slots = &memory.ledger(),
                                  .staging = staging_,
                                  .ledgers = ledgers_ ? &*ledgers_ : nullptr,
                                  .max_erase = max_erase},
                  events_);
  return bound_.emplace(boot, *keeper_);
}

parts::PartUpdater& DeviceParts::serve(Updater& updater, const Policy& policy,
                                       const Stages& stages) {
  parts::PartUpdater& engine = updater_.emplace(updater, *keeper_, *bound_, policy, stages);
  engine.take_packages(of_packages_.emplace(engine, updater, policy));
  return engine;
}

}  // namespace updraft::sim
