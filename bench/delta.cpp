// bench/run delta: patches between consecutive releases of real firmware, beside what the usual
// tools make of them, and what an update by patch costs a device.
#include <chrono>
#include <cstdio>
#include <cstring>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "bench/parts/firmware_pairs.hpp"
#include "bench/parts/modelled_delta.hpp"
#include "bench/parts/other_deltas.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "host/delta/diff.hpp"

namespace updraft::bench {
namespace {

constexpr std::uint32_t kRestart = 256 * 1024;
constexpr double kFastLink = 11e6, kSlowLink = 20e3;  // bit/s

struct Row {
  std::string product, old_version, new_version;
  std::uint64_t image = 0, patch = 0, patch_with_restarts = 0, backwards = 0, fast = 0;
  OtherDeltas others;
  double encode = 0, encode_fast = 0, decode = 0;  // seconds
  struct Modelled {
    ModelledCost fast, slow;
  };
  Modelled by_patch, full;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Row measure(const std::string& product, const Firmware& old_release, const Firmware& new_release) {
  const auto &old_image = old_release.image, &new_image = new_release.image;
  Row row{
      .product = product, .old_version = old_release.version, .new_version = new_release.version};
  row.image = new_image.size();
  auto start = std::chrono::steady_clock::now();
  const auto patch = diff::make_patch(old_image, new_image).bytes;  // checks that it reproduces
  row.encode = seconds_since(start);
  row.patch = patch.size();
  start = std::chrono::steady_clock::now();
  (void)diff::apply_patch(old_image, patch);
  row.decode = seconds_since(start);
  row.patch_with_restarts =
      diff::make_patch(old_image, new_image, {.restart = kRestart, .progress = {}}).bytes.size();
  start = std::chrono::steady_clock::now();
  row.fast = diff::make_patch(old_image, new_image, {.effort = diff::Effort::fast, .progress = {}})
                 .bytes.size();
  row.encode_fast = seconds_since(start);
  row.backwards = diff::make_patch(new_image, old_image).bytes.size();
  row.others = other_deltas(old_release.file, new_release.file);
  row.by_patch = {model_cost(old_image, patch, kFastLink), model_cost(old_image, patch, kSlowLink)};
  row.full = {model_cost(old_image, new_image, kFastLink),
              model_cost(old_image, new_image, kSlowLink)};
  return row;
}

boost::json::value size_or_null(const std::optional<std::uint64_t>& size) {
  if (size) return *size;
  return nullptr;
}

void print_json(const Row& row) {
  const boost::json::object object{{"bench", "delta"},
                                   {"row", "pair"},
                                   {"product", row.product},
                                   {"old", row.old_version},
                                   {"new", row.new_version},
                                   {"image_bytes", row.image},
                                   {"patch_bytes", row.patch},
                                   {"patch_bytes_fast", row.fast},
                                   {"patch_bytes_restart_256k", row.patch_with_restarts},
                                   {"backwards_bytes", row.backwards},
                                   {"bsdiff_bytes", size_or_null(row.others.bsdiff)},
                                   {"xdelta3_bytes", size_or_null(row.others.xdelta3)},
                                   {"zstd_bytes", size_or_null(row.others.zstd)},
                                   {"encode_seconds", row.encode},
                                   {"encode_fast_seconds", row.encode_fast},
                                   {"decode_seconds", row.decode},
                                   {"installed", row.by_patch.fast.installed},
                                   {"delta_seconds_11mbit", row.by_patch.fast.seconds},
                                   {"delta_seconds_20kbit", row.by_patch.slow.seconds},
                                   {"delta_read_seconds", row.by_patch.fast.reads},
                                   {"full_seconds_11mbit", row.full.fast.seconds},
                                   {"full_seconds_20kbit", row.full.slow.seconds}};
  std::puts(boost::json::serialize(object).c_str());
  std::fflush(stdout);
}

std::string kib(const std::optional<std::uint64_t>& bytes) {
  return bytes ? fmt::format("{:.1f}", static_cast<double>(*bytes) / 1024) : "-";
}

void print_text(const Row& row) {
  fmt::print(
      "{:<22} {:>16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6.1f} {:>6.1f} {:>6.2f} "
      "{:>6.1f} {:>6.1f} {:>7.0f} {:>7.0f}\n",
      row.product, row.new_version.substr(0, 16), kib(row.image), kib(row.patch), kib(row.fast),
      kib(row.patch_with_restarts), kib(row.backwards), kib(row.others.bsdiff),
      kib(row.others.xdelta3), kib(row.others.zstd), row.encode, row.encode_fast, row.decode,
      row.by_patch.fast.seconds, row.full.fast.seconds, row.by_patch.slow.seconds,
      row.full.slow.seconds);
  std::fflush(stdout);
}

void print_totals(bool json, const std::vector<Row>& rows) {
  Row sum;
  sum.others = {0, 0, 0};
  const auto add = [](std::optional<std::uint64_t>& to, const std::optional<std::uint64_t>& from) {
    to = to && from ? std::optional(*to + *from) : std::nullopt;
  };
  for (const Row& row : rows) {
    sum.image += row.image;
    sum.patch += row.patch;
    sum.patch_with_restarts += row.patch_with_restarts;
    sum.backwards += row.backwards;
    sum.fast += row.fast;
    add(sum.others.bsdiff, row.others.bsdiff);
    add(sum.others.xdelta3, row.others.xdelta3);
    add(sum.others.zstd, row.others.zstd);
  }
  const auto ratio = [&](const std::optional<std::uint64_t>& other) {
    return other && *other > 0 ? static_cast<double>(sum.patch) / static_cast<double>(*other) : 0;
  };
  if (json) {
    const boost::json::object object{{"bench", "delta"},
                                     {"row", "total"},
                                     {"pairs", rows.size()},
                                     {"image_bytes", sum.image},
                                     {"patch_bytes", sum.patch},
                                     {"patch_bytes_fast", sum.fast},
                                     {"patch_bytes_restart_256k", sum.patch_with_restarts},
                                     {"backwards_bytes", sum.backwards},
                                     {"bsdiff_bytes", size_or_null(sum.others.bsdiff)},
                                     {"xdelta3_bytes", size_or_null(sum.others.xdelta3)},
                                     {"zstd_bytes", size_or_null(sum.others.zstd)},
                                     {"to_bsdiff", ratio(sum.others.bsdiff)},
                                     {"to_xdelta3", ratio(sum.others.xdelta3)},
                                     {"to_zstd", ratio(sum.others.zstd)},
                                     {"stage_bytes", sizeof(pipeline::PatchStage)},
                                     {"tight_stage_bytes", sizeof(pipeline::TightPatchStage)}};
    std::puts(boost::json::serialize(object).c_str());
    return;
  }
  fmt::print("{:<22} {:>16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "total", "",
             kib(sum.image), kib(sum.patch), kib(sum.fast), kib(sum.patch_with_restarts),
             kib(sum.backwards), kib(sum.others.bsdiff), kib(sum.others.xdelta3),
             kib(sum.others.zstd));
  fmt::print("{:<63} {:>23.3f} {:>7.3f} {:>7.3f}\n", "ours to theirs", ratio(sum.others.bsdiff),
             ratio(sum.others.xdelta3), ratio(sum.others.zstd));
  fmt::print("\nDecoder memory, all in: {} bytes (sizeof PatchStage); TightPatchStage {}.\n",
             sizeof(pipeline::PatchStage), sizeof(pipeline::TightPatchStage));
}

void run(bool json) {
  if (!json) {
    fmt::print(
        "Patches in KiB; fast: made in two passes; 256K: with a restart point every 256 KiB; back: "
        "from new to old. Encode "
        "and "
        "decode:\nseconds on this machine. Modelled seconds of an update by patch and in full, "
        "link at "
        "11 Mbit/s and 20 kbit/s.\n\n"
        "{:<22} {:>16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6} {:>6} "
        "{:>6} {:>7} "
        "{:>7}\n",
        "product", "new version", "image", "patch", "fast", "256K", "back", "bsdiff", "xdelta3",
        "zstd", "encode", "fast", "decode", "11M", "full", "20k", "full");
  }
  std::vector<Row> rows;
  for (const Product& product : load_products()) {
    for (std::size_t i = 1; i < product.releases.size(); ++i) {
      rows.push_back(measure(product.name, product.releases[i - 1], product.releases[i]));
      json ? print_json(rows.back()) : print_text(rows.back());
    }
  }
  print_totals(json, rows);
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  try {
    updraft::bench::run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench delta: {}\n", error.what());
    return 1;
  }
  return 0;
}
