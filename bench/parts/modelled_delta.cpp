#include "bench/parts/modelled_delta.hpp"

#include <vector>

#include "device/provision.hpp"
#include "sim/device.hpp"

namespace updraft::bench {
namespace {

class Quiet final : public Observer {};

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

ModelledCost model_cost(Bytes running, Bytes payload) {
  constexpr std::size_t kSegment = 1460;
  const device::Options options;
  const std::vector<std::byte> image(running.begin(), running.end());
  const device::Identity identity = device::make_identity(options, image);
  auto cells = device::make_flash(options, identity, image);
  std::fill_n(cells.begin() + 0x310000, 3 << 20, std::byte{0x00});  // ota_1 was used before
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock, {.timing = *sim::find_flash_timing("w25q32jv")});
  sim::Efuse efuse = identity.efuse;
  Policy policy;
  policy.allow_unsigned(Scheme::raw);
  Quiet quiet;
  sim::Device device(flash, efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);
  flash.reset_stats();
  Updater& updater = device.updater();
  Result<> result = updater.begin({.scheme = Scheme::raw, .size = payload.size()});
  for (Bytes rest = payload; result && !rest.empty();) {
    const Bytes segment = rest.first(std::min(kSegment, rest.size()));
    result = updater.write(segment);
    rest = rest.subspan(segment.size());
  }
  if (result) result = updater.finish();
  const sim::FlashStats& stats = flash.stats();
  return {.installed = result.has_value(),
          .flash = seconds(stats.total_time()),
          .reads = seconds(stats.read.time),
          .payload = payload.size()};
}

}  // namespace updraft::bench
