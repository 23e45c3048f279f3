// A flash report for machines.
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/inspect/flash_report.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

boost::json::object slot_json(const SlotReport& slot) {
  boost::json::object object{{"slot", printable(slot.partition.label.view())},
                             {"offset", slot.partition.offset},
                             {"size", slot.partition.size},
                             {"state", slot.state ? name(*slot.state) : ""},
                             {"blank", slot.blank},
                             {"valid", slot.image.has_value()}};
  if (!slot.image) {
    object["code"] = name(slot.image.error().code);
    object["message"] = explain(slot.image.error());
    return object;
  }
  object["version"] = printable(slot.image->app.version.view());
  object["project"] = printable(slot.image->app.project_name.view());
  object["chip"] = format::chip_name(slot.image->header.chip_id);
  object["digest"] = digest_prefix(slot.image->digest);
  object["length"] = slot.image->length;
  return object;
}

}  // namespace

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
  boost::json::array why;
  for (const std::string& line : report.boot.trace) why.push_back(boost::json::string(line));
  boost::json::object object{{"kind", "flash"},
                             {"valid", report.boot.app.has_value()},
                             {"size", report.size},
                             {"partitions", table_json(table)}};
  if (report.records) {
    object["otadata"] = records_json(*report.records, table.bootloader_ota_slots());
  }
  object["slots"] = std::move(slots);
  object["bootloader"] = build_word(report.build);
  if (report.boot.app) {
    object["boots"] = printable(report.boot.app->partition.label.view());
    object["version"] = printable(report.boot.app->image.app.version.view());
    object["digest"] = digest_prefix(report.boot.app->image.digest);
  } else {
    object["boots"] = nullptr;
    object["code"] = name(report.boot.app.error().code);
    object["message"] = explain(report.boot.app.error());
  }
  object["why"] = std::move(why);
  return object;
}

}  // namespace updraft::cli
