// A whole device in memory: bootloader, then an application that is the Updraft library. The
// program `updraft device` runs it on a file; tests run it on an array and cut its power.
//
//   Device device(flash, efuse, BootBuild::rollback, policy, observer);
//   device.power_on();                       // the bootloader chooses
//   if (device.runs() && !device.prepare(...).restarts) device.start(...);
//                                            // the app starts; links talk to device.updater()
//   device.power_on();                       // a reset: nothing in memory survives
#pragma once
#include <memory>
#include <vector>

#include "updraft/updater.hpp"

#include "engine/rescue/rescue_boot.hpp"
#include "engine/signing/signed_updates.hpp"
#include "sim/bootloader.hpp"
#include "sim/device_parts.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::sim {

// Label of the data partition that holds the journal; a device without one refuses a rolled-back
// image only as long as one of its slots holds it.
inline constexpr std::string_view kJournalPartition = "updraft";

// What was compiled into its app for signed updates.
struct Trusted {
  std::vector<std::byte> key_set;           // empty: none
  std::vector<std::byte> vendor, class_id;  // empty: not asked for
};

class Device {
 public:
  // All outlive the device. `keys` open pre-encrypted images; nullptr or empty: it opens none.
  // `table_offset`: where bootloader and app were built to find the partition table.
  Device(Flash& flash, Efuse& efuse, BootBuild build, const Policy& policy, Observer& observer,
         format::SealedKeys* keys = nullptr,
         std::uint32_t table_offset = format::kPartitionTableOffset,
         const Trusted& trusted = kNothingTrusted);
  ~Device();

  // Power on or reset: the bootloader runs, and loads the app it chose, if any.
  const BootReport& power_on();
  // What the product says of its data partitions; from the next power_on() on.
  void set_up_parts(PartSetup setup) { part_setup_ = std::move(setup); }
  // It holds no keys, and its product lets in a rescue app that nobody signed; likewise.
  void takes_unsigned_rescue(bool takes) { takes_unsigned_rescue_ = takes; }
  // The app's first act: counts the starts that crashes caused. If it says so, power_on() again.
  RescueBoot::Started prepare(RescueBoot::Cause cause) { return rescue().start(cause); }
  // Then the Updater finds out what became of the last update, and each data partition is brought
  // to what the app is bound to.
  void start(StartedBy cause);
  void power_off();

  bool runs() const { return app_ != nullptr; }
  const BootReport& boot() const { return report_; }
  const BootedApp& app() const { return *report_.app; }  // only while it runs
  Updater& updater();
  // nullptr: its journal partition has no room for what data partitions need.
  parts::PartUpdater* parts();
  Intake& intake();      // for links: the Updater, or what stands in front of it
  Steering& steering();  // likewise
  // nullptr: its journal partition has no room for what signed updates have to remember.
  SignedUpdates* signing();
  const Policy& policy() const;  // in force: what was given, and who verifies signatures
  BootControl& boot_control() { return rescue(); }
  RescueBoot& rescue();
  // The sound image in the other slot of a device that has two; nullopt: there is none.
  std::optional<format::ImageInfo> other_image();
  std::uint32_t update_slot_bytes();  // 0: there is no slot to update
  // The largest payload that can make sense: the slot, and what an image may be wrapped in.
  std::uint64_t update_payload_bytes();
  // The same, where a data partition may be meant as well.
  std::uint64_t most_data_bytes();

 private:
  struct App;  // everything that lives in RAM
  static const Trusted kNothingTrusted;

  Flash& flash_;
  Efuse& efuse_;
  BootBuild build_;
  const Policy& policy_;
  Observer& observer_;
  format::SealedKeys* keys_;
  std::uint32_t table_offset_;
  const Trusted& trusted_;
  PartSetup part_setup_;
  bool takes_unsigned_rescue_ = false;
  BootReport report_;
  std::unique_ptr<App> app_;
};

}  // namespace updraft::sim
