#include "bench/parts/modelled_delta.hpp"

#include <vector>

#include "sim/device.hpp"
#include "sim/downlink.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {
namespace {

class Quiet final : public Observer {};

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

ModelledCost model_cost(Bytes running, Bytes payload, double bits_per_second) {
  const device::Options options;
  const std::vector<std::byte> image(running.begin(), running.end());
  const device::Identity identity = device::make_identity(options, image);
  auto cells = device::make_flash(options, identity, image);
  std::fill_n(cells.begin() + 0x310000, 3 << 20, std::byte{0x00});  // ota_1 was used before
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock, {.timing = *sim::find_flash_timing("w25q32jv")});
  sim::Efuse efuse = identity.efuse;
  Policy policy;
  policy.allow_unsigned(kRaw);
  Quiet quiet;
  sim::Device device(flash, efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);
  flash.reset_stats();
  sim::Downlink link(clock, {.bytes_per_second = static_cast<std::uint64_t>(bits_per_second / 8)});
  link.open();
  const auto start = clock.now();
  Updater& updater = device.updater();
  Result<> result = updater.begin({.scheme = kRaw, .size = payload.size()});
  for (Bytes rest = payload; result && !rest.empty();) {
    const Bytes segment = rest.first(std::min<std::size_t>(sim::kChipSegment, rest.size()));
    link.take(static_cast<std::uint32_t>(segment.size()));
    result = updater.write(segment);
    rest = rest.subspan(segment.size());
  }
  if (result) result = outcome_of(updater.finish());
  return {.installed = result.has_value(),
          .seconds = seconds(clock.now() - start),
          .reads = seconds(flash.stats().read.time)};
}

}  // namespace updraft::bench
