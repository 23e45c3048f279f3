// A flash report for machines.
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "host/layout/plan.hpp"

namespace updraft::cli {
namespace {

boost::json::object slot_json(const SlotReport& slot) {
  boost::json::object object{{"slot", printable(slot.partition.label.view())},
                             {"offset", slot.partition.offset},
                             {"size", slot.partition.size},
                             {"state", slot.state ? name(*slot.state) : ""},
                             {"blank", slot.blank},
                             {"missing", slot.missing},
                             {"valid", slot.image.has_value()}};
  if (!slot.image) {
    object["code"] = name(slot.image.error().code);
    object["message"] = explain(slot.image.error());
    return object;
  }
  boost::json::object image = image_json(*slot.image);
  for (auto& [key, value] : image) object[key] = value;
  boost::json::array signatures;
  for (const dump::SignatureBlock& block : slot.signatures)
    signatures.push_back(signature_json(block));
  object["signatures"] = std::move(signatures);
  return object;
}

boost::json::value bootloader_json(const FlashReport& report) {
  const BootloaderPlace& at = report.bootloader;
  boost::json::object object{{"found", at.offset.has_value()}, {"fault", at.fault}};
  if (at.expected) object["expected_offset"] = *at.expected;
  if (!at.offset) return object;
  const dump::BootloaderReading& read = *at.reading;
  object["offset"] = *at.offset;
  object["chip"] = format::chip_name(read.header.chip_id);
  object["flash_mode"] = dump::flash_mode(read.header.spi_mode);
  object["flash_speed"] = dump::flash_speed(read.chip, read.header.speed_size);
  object["flash_bytes"] = dump::flash_bytes(read.header.speed_size);
  object["idf"] = printable(read.idf_version);
  object["built"] = printable(read.built);
  object["checksum_right"] = read.checksum_right;
  object["hash_right"] =
      read.hash_right ? boost::json::value(*read.hash_right) : boost::json::value(nullptr);
  return object;
}

boost::json::array text_array(const std::vector<std::string>& lines) {
  boost::json::array array;
  for (const std::string& line : lines) array.push_back(boost::json::string(line));
  return array;
}

void add_boot(const FlashReport& report, boost::json::object& object) {
  object["bootloader"] = build_word(report.facts.build);
  object["bootloader_assumed"] = !report.facts.build_known;
  object["boots_known"] = !report.missed.has_value() || !report.bootloader.fault.empty();
  if (report.boots()) {
    object["boots"] = printable(report.boot.app->partition.label.view());
    object["version"] = printable(report.boot.app->image.app.version.view());
    object["digest"] = digest_prefix(report.boot.app->image.digest);
    if (const SlotReport* const broken = report.broken_choice()) {
      object["code"] = name(broken->image.error().code);
      object["message"] = broken_choice_text(*broken);
    }
  } else {
    object["boots"] = nullptr;
    if (!report.boot.app) object["code"] = name(report.boot.app.error().code);
    object["message"] = !report.bootloader.fault.empty() ? "bootloader: " + report.bootloader.fault
                        : report.missed ? "the file ends before what the choice hangs on"
                                        : explain(report.boot.app.error());
  }
  object["why"] = text_array(report.boot.trace);
}

}  // namespace

boost::json::object signature_json(const dump::SignatureBlock& block) {
  return {{"scheme", block.scheme},
          {"key_digest", hex(block.key_digest)},
          {"crc_right", block.crc_right},
          {"digest_right", block.digest_right},
          {"verifies", block.verifies ? boost::json::value(*block.verifies) : nullptr}};
}

boost::json::array table_json(const format::PartitionTable& table) {
  boost::json::array rows;
  for (const format::Partition& partition : table.entries()) {
    rows.push_back(boost::json::object{
        {"label", printable(partition.label.view())},
        {"type", static_cast<unsigned>(partition.type)},
        {"subtype", partition.subtype},
        {"type_name", format::type_word(partition.type)},
        {"subtype_name", format::subtype_word(partition.type, partition.subtype)},
        {"offset", partition.offset},
        {"size", partition.size},
        {"flags", partition.flags}});
  }
  return rows;
}

boost::json::array records_json(const format::OtaRecords& records, std::uint32_t slots) {
  boost::json::array rows;
  for (const format::OtaRecord& record : records) {
    boost::json::object row{{"empty", record.empty()}, {"usable", record.usable()}};
    if (!record.empty()) {
      row["seq"] = record.seq;
      row["state"] = name(record.state);
      row["crc_ok"] = record.crc_ok();
      if (slots != 0) row["slot"] = fmt::format("ota_{}", format::slot_of(record.seq, slots));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

boost::json::object to_json(const FlashReport& report) {
  const format::PartitionTable& table = report.table.table;
  boost::json::array slots;
  for (const SlotReport& slot : report.slots) slots.push_back(slot_json(slot));
  boost::json::object object{{"kind", "flash"},
                             {"valid", report.sound()},
                             {"size", report.file_end - report.base},
                             {"base", report.base},
                             {"complete", report.complete()},
                             {"installation", report.ends_with() != nullptr},
                             {"needed", report.needed},
                             {"chip", report.chip != nullptr ? report.chip->name : ""},
                             {"second_stage", bootloader_json(report)},
                             {"table_offset", report.table_offset},
                             {"md5", report.table.has_md5},
                             {"faults", text_array(report.table.faults)},
                             {"warnings", text_array(dump::doubts_about(table))},
                             {"partitions", table_json(table)},
                             {"layout", layout::layout_name(table)}};
  if (report.records) {
    object["otadata"] = records_json(*report.records, table.bootloader_ota_slots());
  }
  object["slots"] = std::move(slots);
  add_boot(report, object);
  return object;
}

}  // namespace updraft::cli
