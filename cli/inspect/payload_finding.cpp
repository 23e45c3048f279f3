#include "cli/inspect/payload_finding.hpp"

#include "updraft/policy.hpp"

#include "cli/delta_patch.hpp"
#include "cli/image_report.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/sealed_file.hpp"
#include "cli/words/files.hpp"
#include "cli/words/output.hpp"
#include "host/delta/apply.hpp"
#include "host/files/recognise.hpp"
#include "host/signing/unpacked.hpp"

namespace updraft::cli {
namespace {

using files::Kind;

Finding invalid(std::string_view kind, const Error& error) {
  Finding finding{.valid = false, .json = {}, .lines = {}, .advice = {}};
  finding.json = {{"kind", kind}, {"code", name(error.code)}, {"message", explain(error)}};
  finding.add("INVALID", explain(error));
  return finding;
}

// The finding of what was inside goes on with that of the content.
void add_content(Finding& finding, Finding content) {
  finding.valid = finding.valid && content.valid;
  finding.add(std::move(content.lines));
  if (!content.valid && content.json.contains("code")) finding.json["code"] = content.json["code"];
  if (!content.valid && content.json.contains("message"))
    finding.json["message"] = content.json["message"];
  content.json["valid"] = content.valid;
  finding.json["content"] = std::move(content.json);
  for (std::string& line : content.advice) finding.advice.push_back(std::move(line));
}

Finding judge_image(Bytes file, const PayloadOptions& options) {
  const ImageReport report = report_image(file, options.expectation);
  Finding finding{report.verdict.has_value(), to_json(report), to_lines(report), {}};
  if (!report.verdict || report.info.length == 0) return finding;
  boost::json::array signatures;
  for (const dump::SignatureBlock& block : dump::signature_blocks(file, report.info.length)) {
    finding.add("signature", signature_text(block));
    signatures.push_back(signature_json(block));
  }
  finding.json["signatures"] = std::move(signatures);
  return finding;
}

// Of a chip that no device here can be: which one it is says more than that it is another.
Finding judge_foreign(Bytes file, const PayloadOptions& options, Kind kind) {
  Finding finding = judge_image(file, options);
  const files::KindRow& row = files::row(kind);
  const std::string text =
      fmt::format("This is {}, chip {:#06x}. {}", row.title, load_le16(file, 12), row.next);
  finding.valid = false;
  finding.json["message"] = text;
  finding.lines.back() = fmt::format("{:<10} {}", "INVALID", text);
  return finding;
}

Finding judge_compressed(Bytes file, const PayloadOptions& options, std::size_t wrappers) {
  const auto content = host::unpacked(file);
  if (!content) {
    Finding finding = invalid("compressed", content.error());
    finding.lines.insert(finding.lines.begin(),
                         fmt::format("compressed {} bytes, damaged or cut off", file.size()));
    return finding;
  }
  Finding finding;
  finding.json = {
      {"kind", "compressed"}, {"file_bytes", file.size()}, {"unpacked", content->size()}};
  finding.add("compressed",
              fmt::format("{} bytes in place of {}; inside is", file.size(), content->size()));
  add_content(finding, judge_payload(*content, options, wrappers + 1));
  return finding;
}

Finding judge_sealed(Bytes file, const PayloadOptions& options, std::size_t wrappers) {
  const auto keys = read_private_keys(options.keys);
  const SealedReport report = report_sealed(file, keys.get());
  Finding finding{report.valid(), to_json(report), to_lines(report), {}};
  if (!finding.valid || !report.content) return finding;
  PayloadOptions inside = options;
  inside.keys = {};
  const Bytes content = report.content->value();
  if (files::recognise(content) == Kind::encrypted_image) {
    add_content(finding, invalid("encrypted_image",
                                 {Code::malformed, Where::gate, wrappers + 2, kMaxWrappers}));
  } else {
    add_content(finding, judge_payload(content, inside, wrappers + 1));
  }
  return finding;
}

Finding judge_patch(Bytes file, const PayloadOptions& options, std::size_t wrappers) {
  DeltaReport report = report_delta(file);
  Finding finding{report.verdict.has_value(), std::move(report.json), std::move(report.lines), {}};
  if (!finding.valid || options.base.empty()) {
    if (finding.valid)
      finding.advice.emplace_back("with the image that it is for there is more to see: --from OLD");
    return finding;
  }
  const std::vector<std::byte> base = read_file(options.base);
  const Result<std::vector<std::byte>> made = diff::apply_any_patch(base, file);
  add_content(finding,
              made ? judge_payload(*made, options, wrappers + 1) : invalid("delta", made.error()));
  return finding;
}

// A device without keys is asked here; what one with keys would say, others tell.
Finding not_taken(Kind kind) {
  Finding finding = invalid(files::row(kind).word, {Code::keyset_missing, Where::gate});
  finding.add("", fmt::format("it is {}; {} looks at it", files::row(kind).title,
                              kind == Kind::key_set ? "updraft keyset show"
                                                    : "updraft suit verify --keyset FILE"));
  return finding;
}

}  // namespace

Finding describe_other(Kind kind) {
  const files::KindRow& row = files::row(kind);
  const std::string text = fmt::format("This is {}. {}", row.title, row.next);
  Finding finding;
  finding.valid = false;
  finding.json = {{"kind", row.word}, {"code", "not_an_image"}, {"message", text}};
  finding.lines = {text};
  return finding;
}

Finding judge_payload(Bytes file, const PayloadOptions& options, std::size_t wrappers) {
  const Kind kind = files::recognise(file);
  const bool wrapper =
      kind == Kind::compressed || kind == Kind::encrypted_image || kind == Kind::delta;
  if (wrapper && wrappers >= kMaxWrappers) {
    return invalid(files::row(kind).word,
                   {Code::malformed, Where::gate, wrappers + 1, kMaxWrappers});
  }
  switch (kind) {
    case Kind::app:
      return judge_image(file, options);
    case Kind::unknown_chip:
    case Kind::beta_chip:
      return judge_foreign(file, options, kind);
    case Kind::bootloader:
    case Kind::flash: {
      Finding finding = invalid(files::row(kind).word, {Code::not_an_app, Where::gate});
      finding.add("", fmt::format("it is {}", files::row(kind).title));
      finding.advice.emplace_back(files::row(kind).next);
      return finding;
    }
    case Kind::compressed:
      return judge_compressed(file, options, wrappers);
    case Kind::encrypted_image:
      return judge_sealed(file, options, wrappers);
    case Kind::delta:
      return judge_patch(file, options, wrappers);
    case Kind::signed_package:
    case Kind::key_set:
      return not_taken(kind);
    default:
      return describe_other(kind);
  }
}

}  // namespace updraft::cli
