// The second-stage bootloader of ESP-IDF as a model: which app boots, what it writes on the way,
// and why, in plain sentences (spec/esp32.md section 3.2).
//
//   Bootloader bootloader(flash, efuse, {.build = BootBuild::rollback});
//   const BootReport report = bootloader.boot();
//   if (report.app) run(report.app->partition);
//   for (const std::string& line : report.trace) print(line);
//
// Read-only, it decides the same and writes neither flash nor eFuses: for looking at a dump.
#pragma once
#include <string>
#include <vector>

#include "sim/app_reader.hpp"
#include "sim/boot_layout.hpp"
#include "sim/ota_data.hpp"

namespace updraft::sim {

// How the bootloader in flash was built. Only this decides whether there is rollback, not the app.
enum class BootBuild : std::uint8_t {
  plain,
  rollback,       // CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE
  anti_rollback,  // CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK, which contains rollback
};

struct BootConfig {
  BootBuild build = BootBuild::rollback;
  std::uint32_t table_offset = format::kPartitionTableOffset;
  bool read_only = false;
  bool test_pin = false;  // the pin that asks for the test app is held
};

// The app that boots.
struct BootedApp {
  int index = 0;  // kFactoryIndex, kTestIndex, or the OTA slot
  format::Partition partition;
  format::OtaState state{};  // of its record, after the writes; undefined if it has none
  format::ImageInfo image;
};

// An otadata record as the bootloader wrote it, or would have if it is read-only.
struct RecordWrite {
  std::size_t record;
  std::uint32_t seq;
  format::OtaState state;
  friend bool operator==(const RecordWrite&, const RecordWrite&) = default;
};

struct BootReport {
  // Errors: malformed (partition table, otadata partition too small), flash (it does not answer),
  // no_other_image (the table has no app); else the error of verifying the app tried first.
  // After any of them the chip resets, for ever.
  Result<BootedApp> app = fail(Code::no_other_image, Where::boot);
  std::optional<int> selected;  // the index that otadata asks for; nullopt: it failed before that
  std::vector<RecordWrite> writes;
  std::uint32_t secure_version = 0;  // the eFuse counter after the boot (read-only: as it would be)
  std::vector<std::string> trace;
};

class Bootloader {
 public:
  // Flash (the whole chip) and eFuses outlive the bootloader. It may boot any number of times; each
  // time starts from flash.
  Bootloader(Flash& flash, Efuse& efuse, const BootConfig& config = {});
  BootReport boot();

 private:
  Result<> read_table();
  Result<BootedApp> run();

  // boot_select.cpp: the index to begin with.
  Result<int> select();
  Result<> abort_pending();
  int select_default();
  std::optional<std::size_t> newest_allowed();
  Result<int> enter(std::size_t record);

  // boot_load.cpp
  std::vector<int> order_from(int start) const;
  Result<BootedApp> load(int start);
  Result<BootedApp> attempt(int index);
  Result<> write_initial(int index);

  bool rolls_back() const { return config_.build != BootBuild::plain; }
  bool anti_rollback() const { return config_.build == BootBuild::anti_rollback; }
  bool passes_anti_rollback(int index);
  void raise_secure_version(int index);
  Result<> write_record(std::size_t i);
  void say(std::string sentence) { report_.trace.push_back(std::move(sentence)); }

  Flash& flash_;
  Efuse& efuse_;
  BootConfig config_;
  AppReader reader_;
  // Of one boot:
  Efuse fuses_;  // what read-only boots burn
  format::PartitionTable table_;
  BootLayout layout_;
  OtaData otadata_;
  bool initial_ = false;
  BootReport report_;
};

}  // namespace updraft::sim
