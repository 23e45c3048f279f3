#include "cli/delta_patch.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/progress_bar.hpp"
#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/delta/apply.hpp"

namespace updraft::cli {
namespace {

constexpr std::size_t kEspHeaderBytes = 64;
// Of `push --delta-from` over a link that seeks: a patch below that is sent again in a moment.
constexpr std::uint32_t kRestartWhereSought = 256 * 1024;
constexpr std::size_t kWorthRestarts = 16 * 1024;

std::string percent(double part, double whole) {
  return fmt::format("{:.1f} %", whole > 0 ? 100 * part / whole : 0);
}

DeltaReport invalid(const Error& error) {
  return {std::unexpected(error),
          {{"kind", "delta"},
           {"valid", false},
           {"code", name(error.code)},
           {"message", explain(error)}},
          {"INVALID    delta patch: " + explain(error)}};
}

// The lengths of the chunks; empty if they do not fill the patch.
std::vector<std::uint32_t> chunks_of(Bytes patch) {
  std::vector<std::uint32_t> chunks;
  for (std::size_t at = delta::kHeaderBytes; at < patch.size();) {
    if (patch.size() - at < 3) return {};
    const std::uint32_t size = load_le24(patch, at);
    if (patch.size() - at - 3 < size) return {};
    chunks.push_back(size);
    at += 3 + size;
  }
  return chunks;
}

DeltaReport report_own(Bytes patch) {
  const Error cut{Code::size_mismatch, Where::delta, patch.size()};
  if (patch.size() < delta::kHeaderBytes) return invalid(cut);
  const Result<delta::Header> header = delta::parse_header(patch);
  if (!header) return invalid(header.error());
  const std::vector<std::uint32_t> chunks = chunks_of(patch);
  const std::uint64_t expected =
      header->restart == 0
          ? 1
          : (std::uint64_t{header->target_size} + header->restart - 1) / header->restart;
  if (chunks.size() != expected) return invalid(cut);
  boost::json::array sizes;
  for (const std::uint32_t size : chunks) sizes.push_back(size);
  DeltaReport report;
  report.json = {{"kind", "delta"},
                 {"valid", true},
                 {"format", "updraft"},
                 {"version", delta::kVersion},
                 {"mode", header->image ? "image" : "plain"},
                 {"file_bytes", patch.size()},
                 {"base_bytes", header->base_size},
                 {"base_sha256_start", hex(header->base_digest)},
                 {"target_bytes", header->target_size},
                 {"target_sha256", hex(header->target_digest)},
                 {"restart", header->restart},
                 {"chunks", sizes}};
  report.lines = {
      fmt::format("delta      Updraft version {}, {}, {}: {} of its target", delta::kVersion,
                  header->image ? "for ESP images" : "plain", human_bytes(patch.size()),
                  percent(static_cast<double>(patch.size()), header->target_size)),
      fmt::format("base       {}, SHA-256 {}...", human_bytes(header->base_size),
                  hex(header->base_digest)),
      fmt::format("target     {}, SHA-256 {}", human_bytes(header->target_size),
                  hex(header->target_digest)),
      header->restart == 0
          ? std::string("restart    none; a cut update is sent again, and not written again")
          : fmt::format("restart    every {}: {} chunks", human_bytes(header->restart),
                        chunks.size())};
  return report;
}

DeltaReport report_esp(Bytes patch) {
  if (patch.size() < kEspHeaderBytes) {
    return invalid({Code::size_mismatch, Where::delta, patch.size()});
  }
  const Bytes base = patch.subspan(4, 32);
  DeltaReport report;
  report.json = {{"kind", "delta"},
                 {"valid", true},
                 {"format", "esp_delta_ota"},
                 {"file_bytes", patch.size()},
                 {"base_digest", digest_prefix(base)}};
  report.lines = {fmt::format("delta      esp_delta_ota, {}", human_bytes(patch.size())),
                  fmt::format("base       the image {}", digest_prefix(base))};
  return report;
}

}  // namespace

diff::Patch make_delta(Bytes old_image, Bytes new_image, diff::Options options, const Output& out) {
  if (new_image.size() > diff::kMostTarget) {
    throw Stop(kRefused,
               fmt::format("the new image has {}, and no chip can map more than {}",
                           human_bytes(new_image.size()), human_bytes(diff::kMostTarget)));
  }
  ProgressBar bar("making");
  if (!out.json()) {
    options.progress = [&](std::string_view, double done) {
      const auto all = static_cast<double>(new_image.size());
      bar.show(static_cast<std::uint64_t>(done * all), new_image.size());
    };
  }
  diff::Patch patch = diff::make_patch(old_image, new_image, options);
  if (!out.json()) bar.finish();
  return patch;
}

boost::json::object to_json(const diff::Patch& patch) {
  return {{"event", "patch"},
          {"bytes", patch.bytes.size()},
          {"target_bytes", patch.header.target_size},
          {"mode", patch.header.image ? "image" : "plain"},
          {"restart", patch.header.restart},
          {"operations", patch.operations},
          {"map_entries", patch.map_entries},
          {"shares",
           {{"head", static_cast<std::uint64_t>(patch.shares.head)},
            {"operations", static_cast<std::uint64_t>(patch.shares.operations)},
            {"literals", static_cast<std::uint64_t>(patch.shares.literals)},
            {"units", static_cast<std::uint64_t>(patch.shares.units)}}}};
}

std::vector<std::string> to_lines(const diff::Patch& patch) {
  const auto size = static_cast<double>(patch.bytes.size());
  const auto share = [&](double part) { return percent(part, size); };
  return {
      fmt::format("patch      {}: {} of {}", human_bytes(patch.bytes.size()),
                  percent(size, patch.header.target_size), human_bytes(patch.header.target_size)),
      fmt::format("mode       {}", patch.header.image ? "ESP images of one chip"
                                                      : "plain (not two ESP images of one chip)"),
      fmt::format("bytes      {} address map ({} entries), {} operations ({}), {} new bytes, "
                  "{} corrections",
                  share(patch.shares.head), patch.map_entries, share(patch.shares.operations),
                  patch.operations, share(patch.shares.literals), share(patch.shares.units))};
}

diff::Options push_delta(bool seeks) {
  diff::Options options{.effort = diff::Effort::fast, .progress = {}};
  if (seeks) {
    options.restart = kRestartWhereSought;
    options.restart_above = kWorthRestarts;
  }
  return options;
}

std::vector<std::byte> delta_from(const std::string& old_file, Bytes new_image, bool seeks,
                                  const Output& out) {
  const std::vector<std::byte> old_image = read_file(old_file);
  diff::Patch patch = make_delta(old_image, new_image, push_delta(seeks), out);
  const auto size = static_cast<double>(patch.bytes.size());
  out.event(to_json(patch));
  out.item("patch", fmt::format("{} in place of {}: {}", human_bytes(patch.bytes.size()),
                                human_bytes(new_image.size()),
                                percent(size, static_cast<double>(new_image.size()))));
  return std::move(patch.bytes);
}

DeltaReport report_delta(Bytes patch) {
  return diff::is_esp_patch(patch) ? report_esp(patch) : report_own(patch);
}

}  // namespace updraft::cli
