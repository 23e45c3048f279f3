// The data partitions of a simulated device, as targets of updates: what a port does once from its
// partition table.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "updraft/update_memory.hpp"

#include "engine/parts/part_list.hpp"
#include "engine/parts/signed_data.hpp"

namespace updraft::sim {

// What the product says of its data partitions.
struct PartSetup {
  parts::PartEvents* events = nullptr;  // nullptr: nobody listens
  std::vector<std::string> in_place;    // labels that may be received where they are
  bool one_slot = false;  // beside a rescue app: no slot is idle, so all is received where it is
  std::vector<std::string> fs_autosize;  // whose file system finds out its size
};

// The record of what belongs to what stands in the partition of the journal, behind the ledgers of
// the slots; then, as far as there is room, the ledgers of the data partitions.
class DeviceParts {
 public:
  // `record_at`: where the record stands in `journal`; `end`: of what may be used there.
  DeviceParts(Flash& flash, const format::PartitionTable& table, const format::Partition& journal,
              std::uint32_t record_at, std::uint32_t end, const PartSetup& setup);
  DeviceParts(const DeviceParts&) = delete;
  DeviceParts& operator=(const DeviceParts&) = delete;

  // What stands between the port's BootControl and the Updater.
  parts::BoundBoot& bind(BootControl& boot, UpdateMemory& memory, std::uint32_t max_erase);
  parts::PartUpdater& serve(Updater& updater, const Policy& policy, const Stages& stages);
  parts::PartUpdater& updater() { return *updater_; }
  PackageData& of_packages() { return *of_packages_; }  // for who verifies signatures

 private:
  void list(Flash& flash, const format::PartitionTable& table, const PartSetup& setup);

  std::deque<FlashWindow> windows_;
  parts::PartList list_;
  FlashWindow record_flash_;
  std::optional<FlashWindow> ledgers_;
  parts::BindingStore store_;
  struct Nobody final : parts::PartEvents {
  } nobody_;
  parts::PartEvents& events_;
  std::optional<parts::PartKeeper> keeper_;
  std::optional<parts::BoundBoot> bound_;
  std::optional<parts::PartUpdater> updater_;
  std::optional<parts::SignedData> of_packages_;
};

}  // namespace updraft::sim
