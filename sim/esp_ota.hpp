// The OTA calls of ESP-IDF (esp_ota_ops.h, master) on a simulated chip, result for result
// (spec/esp32.md section 3.3). What the Linux port runs on, and the reference for the others.
//
// One EspOta is one run of an app: its open handles die with it, as RAM does at a reset. Names,
// argument order and order of checks are those of ESP-IDF without `esp_ota_`; nullptr if C has
// NULL. Partitions are compared by value, so pointers need not come from `table`.
//
// Left out: flash encryption, set_final_partition, check_image_validity, and bootloader partitions
// (begin() says not_supported). What ends the program on the chip (an assert) ends this one, too. A
// flash that fails is flash_op_fail; after one, the content of the unit is unknown.
#pragma once
#include <vector>

#include "sim/app_reader.hpp"
#include "sim/bootloader.hpp"
#include "sim/ota_data.hpp"

namespace updraft::sim {

using OtaHandle = std::uint32_t;

// Sizes for begin() and resume() that are not sizes.
inline constexpr std::uint32_t kOtaSizeUnknown = 0xFFFFFFFF;           // erase the whole partition
inline constexpr std::uint32_t kOtaWithSequentialWrites = 0xFFFFFFFE;  // erase while writing

class EspOta {
 public:
  using Partition = format::Partition;

  // All but `running` outlive the EspOta; `running` is an entry of `table`. `build` is how the app
  // was built, with the same options as a bootloader.
  EspOta(Flash& flash, const format::PartitionTable& table, Efuse& efuse, BootBuild build,
         const Partition& running);

  // Writing: esp_ota_handles.cpp. After a failed erase in begin() the handle stays open, as on the
  // chip: abort() it.
  EspErr begin(const Partition* partition, std::uint32_t image_size, OtaHandle* out);
  EspErr resume(const Partition* partition, std::uint32_t erase_size, std::uint32_t offset,
                OtaHandle* out);
  EspErr write(OtaHandle handle, Bytes data);
  EspErr write_with_offset(OtaHandle handle, Bytes data, std::uint32_t offset);
  EspErr end(OtaHandle handle);
  EspErr abort(OtaHandle handle);

  // Selection: esp_ota_selection.cpp. Pointers are into `table`; nullptr: none.
  EspErr set_boot_partition(const Partition* partition);
  EspErr set_boot_partition_skip_validate(const Partition* partition);  // v6.1+
  const Partition* get_boot_partition();
  const Partition* get_running_partition() const { return running_; }
  const Partition* get_next_update_partition(const Partition* start_from = nullptr) const;

  // States: esp_ota_marking.cpp. Both marks act on the newest usable record, which after a fallback
  // is not that of the running app.
  EspErr get_state_partition(const Partition* partition, format::OtaState* out);
  EspErr mark_app_valid_cancel_rollback();
  EspErr mark_app_invalid_rollback();
  bool check_rollback_is_possible();
  const Partition* get_last_invalid_partition();
  EspErr erase_last_boot_app_partition();
  EspErr invalidate_inactive_ota_data_slot();

 private:
  struct Session {
    OtaHandle handle;
    const Partition* partition;
    bool sequential;
    std::uint32_t wrote_size;
  };

  bool rolls_back() const { return build_ != BootBuild::plain; }
  bool anti_rollback() const { return build_ == BootBuild::anti_rollback; }

  const Partition* find(const Partition* partition) const;  // in table_
  Result<format::ImageInfo> verify(const Partition& app);   // as esp_image_verify()
  const Partition* otadata_partition() const;
  std::optional<OtaData> read_otadata();  // nullopt: no partition, or it does not read
  const Partition* slot_of(const format::OtaRecord& record) const;
  EspErr erase_range(const Partition& partition, std::uint32_t offset, std::uint64_t length);
  EspErr write_range(const Partition& partition, std::uint32_t offset, Bytes data);

  EspErr check_target(const Partition* partition);
  EspErr check_app(const Partition& target);
  OtaHandle open(const Partition& partition, bool sequential, std::uint32_t wrote_size);
  Session* session(OtaHandle handle);
  EspErr erase_ahead(const Session& session, std::size_t length);
  EspErr check_content(const Session& session);

  EspErr rewrite_otadata(std::uint32_t slot);
  EspErr write_record(const OtaData& data, std::size_t record);
  EspErr erase_record(std::size_t record);
  const Partition* default_boot_partition() const;
  const Partition* inactive_slot(const OtaData& data, std::size_t& record) const;

  Flash& flash_;
  const format::PartitionTable& table_;
  Efuse& efuse_;
  BootBuild build_;
  const Partition* running_;
  AppReader reader_;
  std::vector<Session> sessions_;
  OtaHandle last_handle_ = 0;
};

}  // namespace updraft::sim
