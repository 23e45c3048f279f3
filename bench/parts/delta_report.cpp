#include "bench/parts/delta_report.hpp"

#include <cstdio>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace updraft::bench {
namespace {

boost::json::value size_or_null(const std::optional<std::uint64_t>& size) {
  if (size) return *size;
  return nullptr;
}

void print_object(const boost::json::object& object) {
  std::puts(boost::json::serialize(object).c_str());
  std::fflush(stdout);
}

std::string kib(const std::optional<std::uint64_t>& bytes) {
  return bytes ? fmt::format("{:.1f}", static_cast<double>(*bytes) / 1024) : "-";
}

std::string sizes_of(const PairRow& row) {
  return fmt::format("{:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}", kib(row.image),
                     kib(row.thorough), kib(row.fast), kib(row.with_restarts), kib(row.back),
                     kib(row.others.bsdiff), kib(row.others.xdelta3), kib(row.others.zstd));
}

void add_sizes(boost::json::object& object, const PairRow& row) {
  object["image_bytes"] = row.image;
  object["patch_bytes"] = row.thorough;
  object["patch_bytes_fast"] = row.fast;
  object["patch_bytes_restart_256k"] = row.with_restarts;
  object["patch_bytes_back"] = row.back;
  object["bsdiff_bytes"] = size_or_null(row.others.bsdiff);
  object["xdelta3_bytes"] = size_or_null(row.others.xdelta3);
  object["zstd_bytes"] = size_or_null(row.others.zstd);
}

PairRow sum_of(const std::vector<PairRow>& rows) {
  PairRow sum;
  sum.others = {0, 0, 0};
  const auto add = [](std::optional<std::uint64_t>& to, const std::optional<std::uint64_t>& from) {
    to = to && from ? std::optional(*to + *from) : std::nullopt;
  };
  for (const PairRow& row : rows) {
    sum.image += row.image;
    sum.thorough += row.thorough;
    sum.fast += row.fast;
    sum.with_restarts += row.with_restarts;
    sum.back += row.back;
    add(sum.others.bsdiff, row.others.bsdiff);
    add(sum.others.xdelta3, row.others.xdelta3);
    add(sum.others.zstd, row.others.zstd);
  }
  return sum;
}

}  // namespace

void print_heading() {
  fmt::print(
      "Patches in KiB; fast: made by --fast; 256K: with a restart point every 256 KiB; back: from "
      "new to old, fast.\nEncode and decode: seconds of one core of this machine. Modelled seconds "
      "of an "
      "update by patch and in full, link at 11 Mbit/s and 20 kbit/s.\n\n"
      "{:<22} {:>16} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6} {:>6} {:>6} "
      "{:>7} {:>7}\n",
      "product", "new version", "image", "patch", "fast", "256K", "back", "bsdiff", "xdelta3",
      "zstd", "encode", "fast", "decode", "11M", "full", "20k", "full");
}

void print_pair(const PairRow& row, bool json) {
  if (json) {
    boost::json::object object{{"bench", "delta"},
                               {"row", "pair"},
                               {"product", row.product},
                               {"old", row.old_version},
                               {"new", row.new_version},
                               {"encode_seconds", row.encode},
                               {"encode_fast_seconds", row.encode_fast},
                               {"decode_seconds", row.decode},
                               {"installed", row.by_patch.fast.installed},
                               {"delta_seconds_11mbit", row.by_patch.fast.seconds},
                               {"delta_seconds_20kbit", row.by_patch.slow.seconds},
                               {"delta_read_seconds", row.by_patch.fast.reads},
                               {"full_seconds_11mbit", row.full.fast.seconds},
                               {"full_seconds_20kbit", row.full.slow.seconds}};
    add_sizes(object, row);
    return print_object(object);
  }
  fmt::print("{:<22} {:>16} {} {:>6.1f} {:>6.1f} {:>6.2f} {:>6.1f} {:>6.1f} {:>7.0f} {:>7.0f}\n",
             row.product, row.new_version.substr(0, 16), sizes_of(row), row.encode, row.encode_fast,
             row.decode, row.by_patch.fast.seconds, row.full.fast.seconds,
             row.by_patch.slow.seconds, row.full.slow.seconds);
  std::fflush(stdout);
}

void print_total(const std::vector<PairRow>& rows, bool json) {
  const PairRow sum = sum_of(rows);
  const auto ratio = [&](const std::optional<std::uint64_t>& other) {
    const auto ours = static_cast<double>(sum.thorough);
    return other && *other > 0 ? ours / static_cast<double>(*other) : 0;
  };
  if (json) {
    boost::json::object object{{"bench", "delta"},
                               {"row", "total"},
                               {"pairs", rows.size()},
                               {"to_bsdiff", ratio(sum.others.bsdiff)},
                               {"to_xdelta3", ratio(sum.others.xdelta3)},
                               {"to_zstd", ratio(sum.others.zstd)}};
    add_sizes(object, sum);
    return print_object(object);
  }
  fmt::print("{:<22} {:>16} {}\n", "total", "", sizes_of(sum));
  fmt::print("{:<39} {:>40} {:>7.3f} {:>7.3f} {:>7.3f}\n", "ours to theirs", "",
             ratio(sum.others.bsdiff), ratio(sum.others.xdelta3), ratio(sum.others.zstd));
  std::fflush(stdout);
}

void print_across(const std::vector<AcrossRow>& rows, bool json) {
  if (!json) fmt::print("\nAcross products and chips, fast, byte for byte:\n");
  for (const AcrossRow& row : rows) {
    if (json) {
      print_object({{"bench", "delta"},
                    {"row", "across"},
                    {"old", row.from},
                    {"new", row.to},
                    {"image_bytes", row.image},
                    {"patch_bytes_fast", row.fast}});
    } else {
      fmt::print("{:<40} {:<40} {:>8} {:>8}\n", row.from, row.to, kib(row.image), kib(row.fast));
    }
  }
  std::fflush(stdout);
}

void print_goals(const std::vector<Goal>& goals, bool json) {
  if (!json) fmt::print("\n{:<62} {:>10} {:>10}\n", "goal", "found", "at most");
  for (const Goal& goal : goals) {
    if (json) {
      print_object({{"bench", "delta"},
                    {"row", "goal"},
                    {"what", goal.what},
                    {"unit", goal.unit},
                    {"found", goal.found},
                    {"most", goal.most},
                    {"held", goal.held()}});
    } else {
      fmt::print("{:<62} {:>10.1f} {:>10.1f} {:<5} {}\n", goal.what, goal.found, goal.most,
                 goal.unit, goal.held() ? "held" : "NOT held");
    }
  }
  std::fflush(stdout);
}

}  // namespace updraft::bench
