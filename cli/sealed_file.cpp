#include "cli/sealed_file.hpp"

#include <fmt/format.h>

#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "host/sealing/sealed_content.hpp"

namespace updraft::cli {
namespace {

using format::kSealedHeaderBytes;

Error reason(const SealedReport& report) {
  if (!report.scheme) return report.scheme.error();
  if (report.content) return report.content->error();
  const std::uint64_t whole = kSealedHeaderBytes + std::uint64_t{report.length};
  const Code code = report.file_bytes < whole ? Code::size_mismatch : Code::malformed;
  return {code, Where::gate, report.file_bytes, whole};
}

bool right_size(const SealedReport& report) {
  return report.file_bytes == kSealedHeaderBytes + std::uint64_t{report.length};
}

}  // namespace

std::string_view long_name(format::Seal scheme) {
  return scheme == format::Seal::rsa ? "RSA-3072" : "ECIES P-256";
}

bool SealedReport::valid() const {
  return scheme && right_size(*this) && (!content || content->has_value());
}

SealedReport report_sealed(Bytes file, format::SealedKeys* keys) {
  SealedReport report{.file_bytes = file.size()};
  const auto header = format::parse_sealed_header(file, UINT32_MAX);
  if (!header) {
    report.scheme = std::unexpected(header.error());
    return report;
  }
  report.scheme = header->scheme;
  report.length = header->length;
  report.has_key = keys != nullptr && keys->has(header->scheme);
  if (report.has_key) report.content = host::open_sealed(file, *keys);
  return report;
}

boost::json::object to_json(const SealedReport& report) {
  boost::json::object object{
      {"kind", "encrypted_image"}, {"valid", report.valid()}, {"file_bytes", report.file_bytes}};
  if (report.scheme) {
    object["scheme"] = format::name(*report.scheme);
    object["length"] = report.length;
    object["opens"] = report.has_key ? boost::json::value(report.content->has_value())
                                     : boost::json::value(nullptr);
  }
  if (!report.valid()) {
    object["code"] = name(reason(report).code);
    object["message"] = explain(reason(report));
  }
  return object;
}

std::vector<std::string> to_lines(const SealedReport& report) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view word, const std::string& text) {
    lines.push_back(fmt::format("{:<10} {}", word, text));
  };
  if (report.scheme) {
    add("encrypted", fmt::format("{}, {} bytes ({}) inside", long_name(*report.scheme),
                                 report.length, human_bytes(report.length)));
  }
  if (!report.valid()) {
    add("INVALID", explain(reason(report)));
  } else if (report.content) {
    add("opens", "the key fits and the tag is right; inside is");
  } else {
    add("closed", fmt::format("with its private key there is more to see: --{}-key",
                              format::name(*report.scheme)));
  }
  return lines;
}

}  // namespace updraft::cli
