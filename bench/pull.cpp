// bench/run pull: an update of 1 MiB from a web server on a modelled link and flash, whose
// connection is cut 0, 1 and 5 times, beside the same with the way of esp_https_ota: 4 KiB erases
// while it streams, and from the beginning after each cut. All seconds are on the virtual clock.
#include <cstdio>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include "protocols/pull/web_pull_bench.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "sim/flash_timing.hpp"
#include "virtual_device/paced_intake.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kImageBytes = 1024 * 1024;
constexpr std::uint32_t kSlot = 0x310000, kSlotBytes = 3u << 20;
constexpr sim::Nanos kRoundTrip = std::chrono::milliseconds(4);
// TCP and TLS 1.3, before the first request of a connection.
constexpr int kTripsToConnect = 2;

struct LinkRow {
  const char* name;
  std::uint64_t bytes_per_second;
};
constexpr LinkRow kLinks[] = {{"300 kB/s", 300'000}, {"11 Mbit/s", 1'375'000}};

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

std::vector<std::byte> image(const char* version) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = kImageBytes;
  return sim::make_image(demo);
}

class Quiet final : public Observer {};

// A device whose other slot was used before.
struct Board {
  explicit Board(const LinkRow& line)
      : identity(device::make_identity(options, running)),
        cells(device::make_flash(options, identity, running)),
        network(clock, {.bytes_per_second = line.bytes_per_second, .round_trip = kRoundTrip}),
        flash(used(cells), clock,
              {.timing = *sim::find_flash_timing("w25q32jv"), .call = sim::kDriverCall}) {}
  static MutableBytes used(std::vector<std::byte>& cells) {
    std::fill_n(cells.begin() + kSlot, kSlotBytes, std::byte{0x00});
    return cells;
  }
  const device::Options options;
  const std::vector<std::byte> running = image("1.0.0");
  device::Identity identity;
  std::vector<std::byte> cells;
  sim::VirtualClock clock;
  sim::Downlink network;
  sim::NorFlash flash;
};

struct Cost {
  double time = 0;
  std::uint64_t sent = 0;  // bytes of the file
};

// Ours: the machine, the engine and the flash as they are. A cut costs the wait of the machine too.
Cost by_updraft(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts) {
  Board board(line);
  Policy policy;
  policy.allow_unsigned(kHttps);
  Quiet quiet;
  sim::Device device(board.flash, board.identity.efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);
  device::PacedIntake intake(device.updater(), board.network, board.flash);
  const std::size_t each = kImageBytes / (cuts + 1);
  const link::FileServer files{std::string(as_text(next))};
  Cost cost;
  unsigned done = 0;
  link::WebPullBench bench(intake, [&](const link::Asked& asked) -> link::Said {
    board.clock.advance(kRoundTrip);
    link::Said said = files.answer(asked);
    const std::size_t head = said.bytes.find("\r\n\r\n") + 4;
    const std::size_t until = (done + 1) * each;
    const bool is_cut = done < cuts && cost.sent + said.bytes.size() - head > until;
    if (is_cut) said = {said.bytes.substr(0, head + until - cost.sent), link::Said::reset};
    done += is_cut ? 1 : 0;
    cost.sent += said.bytes.size() - head;
    return said;
  });
  const sim::Nanos before = board.clock.now();
  const Instant began = bench.now;
  bench.pull.start(bench.now);
  while (bench.log.words.find("installed") == std::string::npos) {
    board.clock.advance(kTripsToConnect * kRoundTrip);
    bench.once();
    if (!bench.log.last && bench.log.last.error().code != Code::aborted) {
      throw std::runtime_error("the update failed: " + bench.log.words);
    }
  }
  cost.time = seconds(board.clock.now() - before + (bench.now - began));
  return cost;
}

// Theirs: what was written before a cut is written again.
Cost by_start_over(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts) {
  Board board(line);
  Cost cost;
  for (unsigned attempt = 0; attempt <= cuts; ++attempt) {
    const std::size_t size =
        attempt < cuts ? kImageBytes / (cuts + 1) * (attempt + 1) : next.size();
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
  cost.time = seconds(board.clock.now());
  return cost;
}

void run(bool json) {
  const std::vector<std::byte> next = image("1.1.0");
  if (!json) {
    fmt::print("1 MiB from a web server, W25Q32JV, 4 ms there and back, the virtual clock\n\n");
    fmt::print("{:<12}{:>6}{:>14}{:>14}{:>10}{:>16}\n", "link", "cuts", "updraft", "start over",
               "ratio", "bytes sent");
  }
  for (const LinkRow& line : kLinks) {
    for (const unsigned cuts : {0u, 1u, 5u}) {
      const Cost ours = by_updraft(line, next, cuts), theirs = by_start_over(line, next, cuts);
      if (json) {
        fmt::print(
            "{{\"link\":\"{}\",\"cuts\":{},\"seconds\":{:.3f},\"start_over_seconds\":{:.3f},"
            "\"sent\":{},\"start_over_sent\":{}}}\n",
            line.name, cuts, ours.time, theirs.time, ours.sent, theirs.sent);
        continue;
      }
      fmt::print("{:<12}{:>6}{:>12.2f} s{:>12.2f} s{:>10.2f}{:>8} {:>7}\n", line.name, cuts,
                 ours.time, theirs.time, ours.time / theirs.time, ours.sent, theirs.sent);
    }
  }
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  try {
    updraft::bench::run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench pull: {}\n", error.what());
    return 1;
  }
  return 0;
}
