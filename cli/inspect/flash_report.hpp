// Describes a whole flash: bootloader, table, both otadata records, every slot, what else it holds,
// which app would boot, and why. The decision is the bootloader's own (sim/bootloader.hpp),
// read-only. A file may end early: what is there is judged, what is missing is named.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/inspect/finding.hpp"
#include "host/dump/bootloader.hpp"
#include "host/dump/memory.hpp"
#include "host/dump/secure_boot.hpp"
#include "host/dump/table.hpp"
#include "host/files/flash_map.hpp"
#include "sim/bootloader.hpp"

namespace updraft::cli {

// What is known about the chip besides its flash.
struct FlashFacts {
  sim::Efuse efuse;  // chip nullptr: as the flash shows it, of any revision
  sim::BootBuild build = sim::BootBuild::rollback;
  bool build_known = false;  // else it is assumed
  bool is_virtual = false;   // a virtual device's, which needs no bootloader in its flash
  std::optional<std::uint32_t> table_offset;
};

struct SlotReport {
  format::Partition partition;
  std::optional<format::OtaState> state;  // of its otadata record; none: it has no record
  Result<format::ImageInfo> image;
  bool blank = false;    // nothing but FF where an image would begin
  bool missing = false;  // the file ends before it
  std::vector<dump::SignatureBlock> signatures;
};

// The second-stage bootloader.
struct BootloaderPlace {
  std::optional<std::uint32_t> offset;    // where one was found
  std::optional<std::uint32_t> expected;  // where the chip looks for it
  std::optional<dump::BootloaderReading> reading;
  std::string fault;  // why the chip's ROM or itself ends there; empty: it starts
};

struct FlashReport {
  std::uint32_t base = 0;      // flash offset of the file's first byte
  std::uint64_t file_end = 0;  // flash offset of its end
  std::uint64_t needed = 0;    // size of a chip that holds the table's partitions
  std::uint32_t table_offset = 0;
  dump::TableReading table;
  const format::Chip* chip = nullptr;
  BootloaderPlace bootloader;
  std::optional<format::OtaRecords> records;
  std::vector<SlotReport> slots;
  sim::BootReport boot;
  std::optional<std::uint32_t> missed;  // what the boot choice needed and the file does not have
  std::optional<dump::MemoryReading> memory;
  FlashFacts facts;

  bool complete() const { return file_end >= needed; }
  // A file for installation by cable: it ends where an app ends. nullptr: it is none.
  const SlotReport* ends_with() const;
  bool boots() const { return bootloader.fault.empty() && boot.app.has_value(); }
  // The app that otadata asks for, where the bootloader does not take it. nullptr: it does, or the
  // file ends before it.
  const SlotReport* broken_choice() const;
  bool sound() const { return boots() && broken_choice() == nullptr; }
};

// `file` holds a partition table, sound or not, at `place`.
FlashReport report_flash(Bytes file, const files::TablePlace& place, const FlashFacts& facts);

// The report, and what stands in the data partitions.
Finding describe(const FlashReport& report, Bytes file);
boost::json::object to_json(const FlashReport& report);
std::vector<std::string> to_lines(const FlashReport& report);
std::vector<std::string> advice_for(const FlashReport& report);

// Also for a table or otadata on their own.
std::vector<std::string> table_lines(const format::PartitionTable& table);
boost::json::array table_json(const format::PartitionTable& table);
std::vector<std::string> record_lines(const format::OtaRecords& records, std::uint32_t slots);
boost::json::array records_json(const format::OtaRecords& records, std::uint32_t slots);

// "ota_1, which otadata asks for, does not boot: ..."
std::string broken_choice_text(const SlotReport& slot);

// Of a signature sector, also that of an image file.
std::string signature_text(const dump::SignatureBlock& block);
boost::json::object signature_json(const dump::SignatureBlock& block);

// "plain", "rollback", "anti-rollback", as --bootloader takes them; nullopt: no such word.
std::optional<sim::BootBuild> find_build(std::string_view word);
std::string_view build_word(sim::BootBuild build);

// The part of a partition that the file has.
Bytes part_of(Bytes file, std::uint32_t base, const format::Partition& partition);

}  // namespace updraft::cli
