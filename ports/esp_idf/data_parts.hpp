// The data partitions of a chip as targets of updates, with *Files and file systems* in menuconfig;
// without it nothing of engine/parts is linked.
//
//   DataParts parts;          // updraft_prepare()
//   parts.prepare();          // before anything is mounted
//   Service service(config, &parts);
#pragma once
#include <array>
#include <atomic>
#include <optional>

#include "updraft/update_memory.hpp"

#include "engine/parts/part.hpp"
#include "engine/parts/part_package.hpp"
#include "ports/esp_idf/lock.hpp"
#include "ports/esp_idf/memory_store.hpp"
#include "ports/esp_idf/ota_calls.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/rescue.hpp"
#include "ports/esp_idf/trusted.hpp"
#include "sdkconfig.h"
#include "updraft.h"
#ifdef CONFIG_UPDRAFT_FILES
#include "engine/parts/part_list.hpp"
#include "engine/parts/part_updater.hpp"
#include "engine/parts/signed_data.hpp"
#include "engine/parts/target_text.hpp"
#endif

namespace updraft::esp_idf {

#ifdef CONFIG_UPDRAFT_FILES

// What is in the partitions, and what the product is asked about them. Of the program: what is
// mounted stays mounted while a Service comes and goes.
class DataParts final : private parts::PartEvents {
 public:
  DataParts() = default;
  DataParts(const DataParts&) = delete;
  DataParts& operator=(const DataParts&) = delete;

  // Brings each partition to what the running app is made for. ESP_OK also where there is no room
  // for data partitions: then they stay as they are. ESP_ERR_NO_MEM, ESP_FAIL (flash).
  esp_err_t prepare();

  // Of any task. What was found by prepare(), and by what was received in place since.
  bool ready(std::string_view label) const;
  const esp_partition_t* partition(std::string_view label) const;
  bool ask_now(std::string_view label);  // false: there is no such label
  // The label that was asked for, once; empty: none.
  std::string_view asked_now();

  // For a Service, under its lock; both outlive it. keeper(): nullptr: there is no room.
  parts::PartKeeper* keeper() { return keeper_ ? &*keeper_ : nullptr; }
  void serve(const updraft_config_t& config, bool one_slot, MemoryStore& memory, Reporter& reporter,
             Lock& lock);
  void tell_states();  // to the reporter, what prepare() came to

 private:
  static constexpr std::size_t kCopies = 2 * parts::kTargets + 1;  // and `staging`

  void list();
  bool find_room();
  void look(std::size_t i);
  std::size_t index_of(std::string_view label) const;  // the size of the list: not in it

  void on_part(const parts::PartNews& news) override;
  bool may_write(std::string_view label) override;
  std::size_t on_replacing(std::string_view label, std::uint32_t offset,
                           MutableBytes room) override;
  bool on_replaced(std::string_view label, std::uint32_t offset, Bytes kept) override;
  bool on_unmount(std::string_view label) override;
  void on_mount(std::string_view label, bool complete) override;

  IdfOtaCalls calls_;
  EspBootControl boot_{calls_};
  std::array<std::optional<PartitionFlash>, kCopies> flashes_;
  parts::PartList list_;
  std::optional<PartitionFlash> own_;  // the partition "updraft"
  std::optional<FlashWindow> notes_, ledgers_;
  std::optional<parts::BindingStore> store_;
  std::optional<parts::PartKeeper> keeper_;
  std::array<std::atomic<bool>, parts::kTargets> ready_{}, now_{};
  std::array<std::atomic<const esp_partition_t*>, parts::kTargets> partitions_{};
  std::array<std::optional<parts::PartState>, parts::kTargets> states_;
  updraft_config_t config_{};
  Reporter* reporter_ = nullptr;
  Lock* lock_ = nullptr;
};

// Between the BootControl of a service and its Updater, and in front of that.
class PartEngine {
 public:
  // `prepared`: nullptr: nobody called updraft_prepare(), and only the app can be updated.
  PartEngine(DataParts* prepared, BootControl& boot);

  BootControl& boot() { return bound_ ? static_cast<BootControl&>(*bound_) : boot_; }
  // Once there is an Updater. Both answers are for links. Where signed packages are taken they may
  // bring data, and `trusted` knows what became of it. `rescue`: nullptr: it is no target.
  Intake& serve(Updater& updater, const Policy& policy, const Stages& stages, Trusted& trusted,
                RescueTarget* rescue);
  Steering& steering(Updater& updater) {
    return updater_ ? static_cast<Steering&>(*updater_) : updater;
  }
  const parts::Targets* targets() const { return updater_ ? &*updater_ : nullptr; }
  parts::PartPackage* package() { return updater_ ? &*updater_ : nullptr; }
  void fill(Status& status) const {
    if (!updater_) return;
    status.more = &*text_;
    status.data_on_trial = prepared_->keeper()->on_trial();
  }
  // Bytes of the largest partition that may be a target.
  std::uint32_t largest() const;
  void tell_states() {
    if (prepared_ != nullptr) prepared_->tell_states();
  }
  // What updraft_part_now() asked for. True: something came to its place.
  bool bring_asked();
  // What the product kept of what was replaced; it has mounted what there is.
  void hand_back() {
    if (updater_) (void)updater_->keeper().hand_back();
  }

 private:
  BootControl& boot_;
  DataParts* prepared_;
  std::optional<parts::BoundBoot> bound_;
  std::optional<parts::PartUpdater> updater_;
  std::optional<parts::TargetText> text_;
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  std::optional<parts::SignedData> of_packages_;
#endif
};

// Of updraft_prepare(); nullptr: it was not called.
DataParts* prepared_parts();

inline constexpr std::size_t kTargetTextRoom = parts::kTargetTextBytes;

#else

class DataParts {
 public:
  void serve(const updraft_config_t&, bool, MemoryStore&, Reporter&, Lock&) {}
};

class PartEngine {
 public:
  PartEngine(DataParts*, BootControl& boot) : boot_(boot) {}
  BootControl& boot() { return boot_; }
  Intake& serve(Updater& updater, const Policy&, const Stages&, Trusted&, RescueTarget*) {
    return updater;
  }
  Steering& steering(Updater& updater) { return updater; }
  const parts::Targets* targets() const { return nullptr; }
  parts::PartPackage* package() { return nullptr; }
  void fill(Status&) const {}
  std::uint32_t largest() const { return 0; }
  void tell_states() {}
  bool bring_asked() { return false; }
  void hand_back() {}

 private:
  BootControl& boot_;
};

inline DataParts* prepared_parts() { return nullptr; }

inline constexpr std::size_t kTargetTextRoom = 0;

#endif

}  // namespace updraft::esp_idf
