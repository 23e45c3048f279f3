// An update of 1 MiB into a used slot over a modelled link whose connection is cut now and then,
// and the same with the way of esp_https_ota: 4 KiB erases while it streams, and from the beginning
// after each cut.
#pragma once
#include <functional>
#include <vector>

#include "sim/device.hpp"
#include "sim/downlink.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/options.hpp"

namespace updraft::bench {

inline constexpr std::size_t kCutImageBytes = 1024 * 1024;
inline constexpr sim::Nanos kRoundTrip = std::chrono::milliseconds(4);
// TCP and TLS 1.3, before the first request of a connection.
inline constexpr int kTripsToConnect = 2;

struct LinkRow {
  const char* name;
  std::uint64_t bytes_per_second;
};

// Of another seed nothing is the same, but padding.
std::vector<std::byte> cut_image(const char* version, std::uint32_t seed = 0);
double seconds_of(sim::Nanos time);

// A device whose other slot was used before.
struct CutBoard {
  explicit CutBoard(const LinkRow& line);
  const device::Options options;
  const std::vector<std::byte> running = cut_image("1.0.0");
  device::Identity identity;
  std::vector<std::byte> cells;
  sim::VirtualClock clock;
  sim::Downlink network;
  sim::NorFlash flash;
};

struct CutCost {
  double time = 0;
  std::uint64_t sent = 0;  // bytes of the file
};
using Way =
    std::function<CutCost(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts)>;

// A table for both links and 0, 1 and 5 cuts, or an object a row, of a build that has nothing of
// what runs. `next_too`: without a cut, of the next build as well, whose version alone is another.
void run_with_cuts(const char* title, const Way& ours, bool json, bool next_too = false);

}  // namespace updraft::bench
