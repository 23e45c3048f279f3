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
  for (const format::Partition& entry : table.entries()) {
    list_.add(entry, &windows_.emplace_back(flash, entry.offset, entry.size));
  }
  const bool all_in_place = setup.one_slot && list_.staging() == nullptr;
  for (parts::Part& part : list_.parts()) {
    part.in_place = all_in_place || lists(setup.in_place, part.label.view());
    part.fs_autosize = lists(setup.fs_autosize, part.label.view());
  }
}

parts::BoundBoot& DeviceParts::bind(BootControl& boot, UpdateMemory& memory,
                                    std::uint32_t max_erase) {
  keeper_.emplace(parts::Holdings{.boot = boot,
                                  .parts = list_.parts(),
                                  .store = store_,
                                  .slots = &memory.ledger(),
                                  .staging = list_.staging(),
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
