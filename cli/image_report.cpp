#include "cli/image_report.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/format/load_memory.hpp"
#include "host/files/recognise.hpp"

namespace updraft::cli {
namespace {

std::string_view segment_kind(const format::Chip* chip, std::uint32_t address) {
  if (chip != nullptr && chip->irom.contains(address) && chip->drom.contains(address)) {
    return "mapped";
  }
  if (chip != nullptr && chip->drom.contains(address)) return "mapped data";
  if (chip != nullptr && chip->irom.contains(address)) return "mapped code";
  return address < format::kFirstLoadAddress ? "ignored" : "loaded";
}

std::vector<format::SegmentHeader> follow_segments(Bytes file) {
  std::vector<format::SegmentHeader> segments;
  std::uint64_t at = format::kImageHeaderBytes;
  const std::size_t count = file.size() > 1 ? load_u8(file, 1) : 0;
  while (segments.size() < std::min<std::size_t>(count, format::kMaxSegments) &&
         at + format::kSegmentHeaderBytes <= file.size()) {
    segments.push_back(format::parse_segment_header(file.subspan(at)));
    at += format::kSegmentHeaderBytes + segments.back().data_len;
  }
  return segments;
}

std::string block_revisions(const format::ImageInfo& info) {
  const format::RevisionRange& range = info.app.block_revisions;
  const bool asked =
      format::RevisionRange::is_set(range.min) || format::RevisionRange::is_set(range.max);
  if (!info.has_descriptor || !asked) return "";
  return fmt::format(", eFuse block revision {}", format::revision_text(range).view());
}

// Text of an app that was built without a name says nothing; then the build does.
std::string name_of(const format::AppDescriptor& app) {
  const std::string project = printable(app.project_name.view());
  const std::string version = printable(app.version.view());
  if (!project.empty() && !version.empty()) return project + " " + version;
  const std::string built = printable(app.date.view()) + " " + printable(app.time.view());
  const std::string known = project.empty() && version.empty() ? "unnamed" : project + version;
  return built == " " ? known : known + " built " + built;
}

}  // namespace

ImageReport report_image(Bytes file, const format::ImageExpectation& expectation) {
  ImageReport report;
  report.file_bytes = file.size();
  format::ImageVerifier verifier(expectation);
  report.verdict = verifier.push(file);
  if (report.verdict) report.verdict = verifier.finish();
  report.info = verifier.info();
  report.segments = follow_segments(file);
  return report;
}

std::string image_title(const format::ImageInfo& info) {
  std::string title;
  if (info.has_descriptor) title = name_of(info.app) + ", ";
  title += format::chip_name(info.header.chip_id);
  if (info.complete) title += ", " + digest_prefix(info.digest);
  return title;
}

void warn_if_odd(Bytes file, const std::string& name, std::string_view all_the_same) {
  const files::Kind kind = files::recognise(file);
  const files::KindRow& row = files::row(kind);
  if (row.use == files::Use::other) {
    return Output::warn(
        fmt::format("{}: This is {}. {} {}", name, row.title, row.next, all_the_same));
  }
  if (kind != files::Kind::app) return;
  const ImageReport report = report_image(file);
  if (report.verdict) return;
  Output::warn(fmt::format("{}: {} {}", name, explain(report.verdict.error()), all_the_same));
}

boost::json::object image_json(const format::ImageInfo& info) {
  return {{"chip", format::chip_name(info.header.chip_id)},
          {"version", printable(info.app.version.view())},
          {"project", printable(info.app.project_name.view())},
          {"title", image_title(info)},
          {"date", printable(info.app.date.view())},
          {"time", printable(info.app.time.view())},
          {"idf", printable(info.app.idf_ver.view())},
          {"secure_version", info.app.secure_version},
          {"chip_revisions", format::revision_text(info.header.chip_revisions).view()},
          {"block_revisions", format::revision_text(info.app.block_revisions).view()},
          {"length", info.length},
          {"hash_appended", info.header.hash_appended},
          {"digest", info.complete ? digest_prefix(info.digest) : ""}};
}

boost::json::object to_json(const ImageReport& report) {
  const format::ImageInfo& info = report.info;
  boost::json::object object{{"kind", "image"}, {"valid", report.verdict.has_value()}};
  if (!report.verdict) {
    object["code"] = name(report.verdict.error().code);
    object["message"] = explain(report.verdict.error());
  }
  for (auto& [key, value] : image_json(info)) object[key] = value;
  object["file_bytes"] = report.file_bytes;
  boost::json::array segments;
  const format::Chip* chip = format::find_chip(info.header.chip_id);
  for (const format::SegmentHeader& segment : report.segments) {
    segments.push_back(boost::json::object{{"address", fmt::format("{:#010x}", segment.load_addr)},
                                           {"length", segment.data_len},
                                           {"kind", segment_kind(chip, segment.load_addr)}});
  }
  object["segments"] = std::move(segments);
  return object;
}

std::vector<std::string> to_lines(const ImageReport& report) {
  const format::ImageInfo& info = report.info;
  if (!report.verdict && report.verdict.error().code == Code::not_an_image) {
    return {fmt::format("{:<10} {}", "INVALID", explain(report.verdict.error()))};
  }
  std::vector<std::string> lines;
  const auto add = [&](std::string_view word, const std::string& text) {
    lines.push_back(fmt::format("{:<10} {}", word, text));
  };
  add("image", image_title(info));
  const bool refused_early = !report.verdict && info.length == 0;
  if (!info.has_descriptor && !refused_early) {
    add("", "no app descriptor: version and project are not known");
  } else if (info.has_descriptor) {
    add("built", fmt::format("{} {}, ESP-IDF {}", printable(info.app.date.view()),
                             printable(info.app.time.view()), printable(info.app.idf_ver.view())));
    if (info.app.secure_version != 0) add("secure", std::to_string(info.app.secure_version));
  }
  add("chip",
      fmt::format("{}, revision {}{}", format::chip_name(info.header.chip_id),
                  format::revision_text(info.header.chip_revisions).view(), block_revisions(info)));
  const std::uint64_t trailing =
      report.file_bytes - std::min<std::uint64_t>(report.file_bytes, info.length);
  if (info.length != 0) {
    add("size", fmt::format("{} bytes ({}){}", info.length, human_bytes(info.length),
                            trailing == 0 ? "" : fmt::format(", {} more after it", trailing)));
  }
  const format::Chip* chip = format::find_chip(info.header.chip_id);
  for (const format::SegmentHeader& segment : report.segments) {
    add("segment", fmt::format("{:#010x}  {:>9}  {}", segment.load_addr, segment.data_len,
                               segment_kind(chip, segment.load_addr)));
  }
  if (!report.verdict) {
    add("INVALID", explain(report.verdict.error()));
  } else if (info.header.hash_appended) {
    add("valid", "checksum and SHA-256 are right");
  } else {
    add("valid", "the checksum is right; no SHA-256 is appended, so only 8 bits protect it");
  }
  return lines;
}

}  // namespace updraft::cli
