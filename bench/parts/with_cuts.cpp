#include "bench/parts/with_cuts.hpp"

#include <fmt/format.h>

#include "sim/demo_image.hpp"
#include "sim/flash_timing.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {
namespace {

constexpr std::uint32_t kSlot = 0x310000, kSlotBytes = 3u << 20;
constexpr LinkRow kLinks[] = {{"300 kB/s", 300'000}, {"11 Mbit/s", 1'375'000}};

MutableBytes used(std::vector<std::byte>& cells) {
  std::fill_n(cells.begin() + kSlot, kSlotBytes, std::byte{0x00});
  return cells;
}

// Theirs: what was written before a cut is written again.
CutCost by_start_over(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts) {
  CutBoard board(line);
  CutCost cost;
  for (unsigned attempt = 0; attempt <= cuts; ++attempt) {
    const std::size_t size =
        attempt < cuts ? kCutImageBytes / (cuts + 1) * (attempt + 1) : next.size();
    board.clock.advance((kTripsToConnect + 1) * kRoundTrip);
    board.network.open();
    for (std::uint32_t at = 0; at < size; at += sim::kChipSegment) {
      const Bytes part = at_most(Bytes(next).first(size).subspan(at), sim::kChipSegment);
      board.network.take(static_cast<std::uint32_t>(part.size()));
      for (std::uint32_t sector = static_cast<std::uint32_t>(align_up(at, kFlashSector));
           sector < at + part.size(); sector += kFlashSector) {
        (void)board.flash.erase(kSlot + sector, kFlashSector);
      }
      (void)program_pages(board.flash, kSlot + at, part);
    }
    cost.sent += size;
  }
  std::vector<std::byte> back(kFlashSector);
  for (int verify = 0; verify < 2; ++verify) {  // esp_ota_end, esp_ota_set_boot_partition
    for (std::uint32_t at = 0; at < next.size(); at += kFlashSector) {
      (void)board.flash.read(kSlot + at, back);
    }
  }
  cost.time = seconds_of(board.clock.now());
  return cost;
}

void print(const LinkRow& line, std::string_view build, unsigned cuts, const CutCost& ours,
           const CutCost& theirs, bool json) {
  if (!json) {
    fmt::print("{:<12}{:<9}{:>4}{:>12.2f} s{:>12.2f} s{:>10.2f}{:>8} {:>7}\n", line.name, build,
               cuts, ours.time, theirs.time, ours.time / theirs.time, ours.sent, theirs.sent);
    return;
  }
  fmt::print(
      "{{\"link\":\"{}\",\"build\":\"{}\",\"cuts\":{},\"seconds\":{:.3f},\"start_over_seconds\":{:."
      "3f},"
      "\"sent\":{},\"start_over_sent\":{}}}\n",
      line.name, build, cuts, ours.time, theirs.time, ours.sent, theirs.sent);
}

}  // namespace

double seconds_of(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

std::vector<std::byte> cut_image(const char* version, std::uint32_t seed) {
  sim::DemoImage demo;
  demo.version = version;
  demo.seed = seed;
  demo.size = kCutImageBytes;
  return sim::make_image(demo);
}

CutBoard::CutBoard(const LinkRow& line)
    : identity(device::make_identity(options, running)),
      cells(device::make_flash(options, identity, running)),
      network(clock, {.bytes_per_second = line.bytes_per_second, .round_trip = kRoundTrip}),
      flash(used(cells), clock,
            {.timing = *sim::find_flash_timing("w25q32jv"), .call = sim::kDriverCall}) {}

void run_with_cuts(const char* title, const Way& ours, bool json, bool next_too) {
  const std::vector<std::byte> another = cut_image("1.1.0", 1), next = cut_image("1.1.0");
  if (!json) {
    fmt::print("1 MiB {}, W25Q32JV, 4 ms there and back, the virtual clock\n\n", title);
    fmt::print("{:<12}{:<9}{:>4}{:>14}{:>14}{:>10}{:>16}\n", "link", "build", "cuts", "updraft",
               "start over", "ratio", "bytes sent");
  }
  for (const LinkRow& line : kLinks) {
    for (const unsigned cuts : {0u, 1u, 5u}) {
      print(line, "another", cuts, ours(line, another, cuts), by_start_over(line, another, cuts),
            json);
    }
    if (next_too) print(line, "next", 0, ours(line, next, 0), by_start_over(line, next, 0), json);
  }
}

}  // namespace updraft::bench
