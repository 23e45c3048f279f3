// ESP-IDF's functions on a simulated chip: NOR flash with faults, the real bootloader's rules, the
// model of esp_ota_*. One chip at a time; the functions of tests/esp_idf/include act on it.
//
//   FakeChip chip(kTwoSlots, image);
//   chip.power_on();                  // the bootloader chooses; a new app begins
//   App app;                          // the port under test, and an Updater
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "updraft/boot_control.hpp"

#include "esp_partition.h"
#include "esp_system.h"
#include "sim/bootloader.hpp"
#include "sim/demo_image.hpp"
#include "sim/encrypted_flash.hpp"
#include "sim/esp_ota.hpp"
#include "sim/nor_flash.hpp"
#include "tests/esp_idf/fake_net.hpp"
#include "tests/esp_idf/fake_nvs.hpp"
#include "tests/esp_idf/fake_tasks.hpp"

namespace updraft::esp_idf {

using Image = std::vector<std::byte>;

inline constexpr char kTwoSlots[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "updraft, data, undefined, 0xb000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  192K\n"
    "ota_1,   app,  ota_1,     0x40000,  192K\n";
// The memory has room for the slots' ledgers, as in the examples.
inline constexpr char kLedgers[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  192K\n"
    "ota_1,   app,  ota_1,     0x40000,  192K\n"
    "updraft, data, undefined, 0x70000,  0x6000\n";
inline constexpr char kWithoutPartition[] =
    "otadata, data, ota,   0x9000,  0x2000\n"
    "ota_0,   app,  ota_0, 0x10000, 192K\n"
    "ota_1,   app,  ota_1, 0x40000, 192K\n";
inline constexpr char kThreeSlots[] =
    "otadata, data, ota,   0x9000,  0x2000\n"
    "ota_0,   app,  ota_0, 0x10000, 128K\n"
    "ota_1,   app,  ota_1, 0x30000, 128K\n"
    "ota_2,   app,  ota_2, 0x50000, 128K\n";
inline constexpr char kOneSlot[] =
    "otadata, data, ota,   0x9000,  0x2000\n"
    "ota_0,   app,  ota_0, 0x10000, 192K\n";
inline constexpr char kFactoryAndSmallSlot[] =
    "otadata, data, ota,     0x9000,  0x2000\n"
    "factory, app,  factory, 0x10000, 192K\n"
    "ota_0,   app,  ota_0,   0x40000, 64K\n"
    "ota_1,   app,  ota_1,   0x50000, 64K\n";

Image make_image(const std::string& version, std::size_t size = 24 * 1024);

class FakeChip {
 public:
  // The first app partition of the table holds `first`. `encrypted`: the chip's flash encryption
  // is on.
  FakeChip(const std::string& table_csv, const Image& first,
           sim::BootBuild build = sim::BootBuild::rollback, bool encrypted = false);
  ~FakeChip();
  FakeChip(const FakeChip&) = delete;
  FakeChip& operator=(const FakeChip&) = delete;

  // The bootloader runs, after a reset if there is power already; false: nothing boots, or a cut
  // came. RAM is new: handles and pauses are forgotten.
  bool power_on();
  // Deep sleep and its end, by a bootloader with SKIP_VALIDATE_IN_DEEP_SLEEP: the same app begins
  // anew, whatever otadata says; RTC memory is as it was.
  void sleep();
  void restore();  // flash as after the constructor, power off
  std::string running() const;
  OtaState state() const { return report_.app->state; }
  void put(const std::string& label, Bytes content);  // into a partition, as a programmer does
  MutableBytes partition(const std::string& label);   // its cells
  format::OtaRecord record(std::size_t i);
  void put_record(std::size_t i, std::uint32_t seq, OtaState state);

  sim::NorFlash& flash() { return *flash_; }
  Flash& seen() {  // as programs see it
    if (cipher_) return *cipher_;
    return *flash_;
  }
  sim::EspOta& ota() { return *ota_; }
  sim::BootBuild build() const { return build_; }
  const esp_partition_t* partition_of(const format::Partition* entry);
  const format::Partition* entry_of(const esp_partition_t* partition);
  const esp_partition_t* find(int type, int subtype, const char* label);
  const esp_partition_t* partition_at(std::size_t i);  // nullptr: there are no more
  format::PartitionTable& table() { return table_; }
  sim::Efuse efuse;

  // ESP-IDF's functions lock what they share; a test does so beside tasks that run.
  std::recursive_mutex inside;

  // What the firmware around the port sees.
  esp_reset_reason_t reset_reason = ESP_RST_POWERON;
  std::atomic<bool> restarted = false;
  std::function<void()> before_restart;        // what esp_restart() does first
  std::size_t pauses = 0;                      // calls of vTaskDelay
  std::uint32_t worked = 0;                    // bytes erased or programmed since the last pause
  std::uint32_t longest_stretch = 0;           // the most of it
  std::uint32_t largest_erase = 0;             // of one call
  std::atomic<std::int64_t> microseconds = 0;  // time; moves on only by hand...
  std::atomic<bool> real_time = false;         // ...unless this is set
  std::vector<std::string> log;
  FakeNvs nvs;
  bool nvs_ready = true;  // nvs_flash_init() was called
  // The power goes away at one change of NVS, before it or after it: NVS changes all or nothing.
  // Counts from 0; 0 is the next one.
  std::uint64_t nvs_cut = UINT64_MAX;
  bool nvs_cut_after = false;
  template <class Change>
  bool change_nvs(Change change) {  // false: there is no power, or none any more
    if (!flash_->powered()) return false;
    const bool cut = nvs_cut-- == 0;
    if (!cut || nvs_cut_after) change();
    if (cut) flash_->cut_power();
    return !cut;
  }
  struct {
    bool works = true;
    std::string host, service;  // of whom it tells
    std::uint16_t port = 0;
    std::map<std::string, std::string> text;
  } mdns;
  std::string project = "demo";
  std::uint8_t elf_hash = 1;       // of the running image, its first byte
  std::map<int, Image> hmac_keys;  // eFuse blocks that the HMAC unit may use
  std::size_t heap = 1 << 20;      // the largest piece there is
  // Of the program, as a chip may be gone before what was taken on it: pieces that are taken, and
  // how often one was.
  static inline std::atomic<int> pieces = 0, takings = 0;
  struct Posted {
    std::string base;
    std::int32_t id;
    Image data;
  };
  std::vector<Posted> posted;     // to the default event loop
  std::size_t loop_room = 1'000;  // events that it takes
  FakeTasks tasks;
  FakeNet net;

  void work(std::uint32_t bytes) {
    worked += bytes;
    longest_stretch = std::max(longest_stretch, worked);
  }

 private:
  void begin_anew();

  format::PartitionTable table_;
  std::deque<esp_partition_t> partitions_;  // as the application sees the table; pointers stay
  Image cells_, initial_;
  sim::VirtualClock clock_;
  sim::BootBuild build_;
  bool encrypted_;
  std::optional<sim::NorFlash> flash_;
  std::optional<sim::EncryptedFlash> cipher_;
  std::unique_ptr<sim::EspOta> ota_;
  sim::BootReport report_;
  std::uint64_t seed_ = 1;
};

FakeChip& chip();  // the one there is

// What may wait for another task is called by nobody who holds a mutex: else the test fails.
void expect_no_lock(const char* function);

}  // namespace updraft::esp_idf
