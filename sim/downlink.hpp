// A TCP download as the one task of a device sees it, on the virtual clock: bytes come at the rate
// of the link while the task works on its flash, but only as many as the receive window holds; what
// does not fit waits at the sender.
//
// Deterministic: no loss, no jitter. With a round trip the sender cannot do more than a window in
// each.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sim/virtual_clock.hpp"

namespace updraft::sim {

inline constexpr std::uint32_t kChipWindow = 5744;   // bytes: lwIP's default receive window
inline constexpr std::uint32_t kChipSegment = 1436;  // bytes that one read of the socket gives

class Downlink {
 public:
  struct Config {
    std::uint64_t bytes_per_second = 0;  // 0: no network is modelled
    std::uint32_t window = kChipWindow;
    Nanos round_trip{0};
  };
  Downlink(VirtualClock& clock, const Config& config) : clock_(clock), config_(config) {}

  bool modelled() const { return config_.bytes_per_second != 0; }
  // A new connection: nothing has come yet.
  void open() {
    there_ = 0;
    seen_ = clock_.now();
    waited_ = Nanos{0};
  }
  // Waits until `bytes` (at most a window) are there and takes them.
  void take(std::uint32_t bytes) {
    if (!modelled()) return;
    come();
    const double missing = static_cast<double>(bytes) - there_;
    if (missing > 0) {
      const Nanos wait{static_cast<Nanos::rep>(missing * 1e9 / rate()) + 1};
      clock_.advance(wait);
      waited_ += wait;
      come();
    }
    there_ = std::max(0.0, there_ - static_cast<double>(bytes));
  }
  Nanos waited() const { return waited_; }  // for bytes, since open()

 private:
  double rate() const {
    const auto link = static_cast<double>(config_.bytes_per_second);
    if (config_.round_trip.count() == 0) return link;
    const double trips = 1e9 / static_cast<double>(config_.round_trip.count());
    return std::min(link, static_cast<double>(config_.window) * trips);
  }
  void come() {
    const double passed = static_cast<double>((clock_.now() - seen_).count()) / 1e9;
    there_ = std::min(static_cast<double>(config_.window), there_ + passed * rate());
    seen_ = clock_.now();
  }

  VirtualClock& clock_;
  Config config_;
  double there_ = 0;  // bytes in the window
  Nanos seen_{0};
  Nanos waited_{0};
};

}  // namespace updraft::sim
