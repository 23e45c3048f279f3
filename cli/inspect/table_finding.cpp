#include "cli/inspect/table_finding.hpp"

#include "cli/inspect/flash_report.hpp"
#include "host/layout/plan.hpp"

namespace updraft::cli {
namespace {

Finding describe_reading(const dump::TableReading& reading, std::string_view kind,
                         std::string_view title) {
  Finding finding;
  finding.valid = reading.faults.empty();
  finding.add("table", fmt::format("{} partitions, {}", reading.table.entries().size(), title));
  boost::json::array faults, warnings;
  for (const std::string& fault : reading.faults) {
    finding.add("INVALID", fault);
    faults.push_back(boost::json::string(fault));
  }
  finding.add(table_lines(reading.table));
  const auto doubts = dump::doubts_about(reading.table);
  for (const std::string& doubt : doubts) {
    if (!finding.valid && &doubt == &doubts.back()) break;  // of a table that is not whole
    finding.add("warning", doubt);
    warnings.push_back(boost::json::string(doubt));
  }
  finding.add("layout", layout::layout_name(reading.table));
  finding.json = {{"kind", kind},
                  {"partitions", table_json(reading.table)},
                  {"layout", layout::layout_name(reading.table)}};
  if (!finding.valid) {
    finding.json["code"] = "malformed";
    finding.json["message"] = reading.faults.front();
    finding.advice.emplace_back("mend the table and make it again; it is written by cable");
  }
  finding.json["faults"] = std::move(faults);
  finding.json["warnings"] = std::move(warnings);
  return finding;
}

}  // namespace

Finding describe_table(Bytes table) {
  const dump::TableReading reading = dump::read_table(table);
  Finding finding = describe_reading(reading, "partition_table",
                                     !reading.has_md5         ? "no MD5"
                                     : reading.faults.empty() ? "MD5 right"
                                                              : "with an MD5");
  finding.json["md5"] = reading.has_md5;
  return finding;
}

Finding describe_table_text(std::string_view csv, std::string_view encoding,
                            std::uint32_t table_offset) {
  const dump::TableReading reading =
      dump::read_table_text(csv, {.table_offset = table_offset, .bootloader_offset = 0});
  Finding finding =
      describe_reading(reading, "partition_csv",
                       encoding == "UTF-8" ? "as text" : fmt::format("as text in {}", encoding));
  finding.json["encoding"] = encoding;
  return finding;
}

Finding describe_otadata(Bytes bytes) {
  const format::OtaRecords records = {
      format::parse_ota_record(bytes),
      format::parse_ota_record(bytes.subspan(format::kOtaRecordSpacing))};
  const auto newest = format::newest_usable(records);
  Finding finding;
  finding.add(record_lines(records, 0));
  finding.add(
      "chooses",
      newest ? fmt::format("record {} (which slot that is depends on the number of slots)", *newest)
             : "nothing: factory, or the first slot");
  finding.json = {{"kind", "otadata"}, {"otadata", records_json(records, 0)}};
  if (newest) finding.json["newest"] = *newest;
  return finding;
}

}  // namespace updraft::cli
