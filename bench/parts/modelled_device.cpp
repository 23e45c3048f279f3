#include "bench/parts/modelled_device.hpp"

#include <stdexcept>

#include "protocols/raw/raw_receiver.hpp"
#include "sim/demo_image.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kSegment = 1460;
constexpr std::size_t kOtherSlot = 0x310000, kSlotBytes = 3 << 20;  // of the usual table

std::vector<std::byte> used_flash(const device::Options& options, const device::Identity& identity,
                                  Bytes running) {
  auto cells = device::make_flash(options, identity, running);
  std::fill_n(cells.begin() + kOtherSlot, kSlotBytes, std::byte{0});
  return cells;
}

Policy open_policy() {
  Policy policy;
  policy.allow_unsigned(kRaw);
  return policy;
}

}  // namespace

const sim::Trusted ModelledDevice::kNothing;

std::vector<std::byte> demo_image(const std::string& version, std::size_t size,
                                  std::uint32_t seed) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  demo.seed = seed;
  return sim::make_image(demo);
}

ModelledDevice::ModelledDevice(const sim::FlashTiming& timing, Bytes running,
                               const sim::Trusted& trusted)
    : identity_(device::make_identity(options_, running)),
      cells_(used_flash(options_, identity_, running)),
      flash_(cells_, clock_, {.timing = timing}),
      efuse_(identity_.efuse),
      policy_(open_policy()),
      device_(flash_, efuse_, sim::BootBuild::rollback, policy_, quiet_, nullptr,
              format::kPartitionTableOffset, trusted) {
  device_.power_on();
  device_.start(StartedBy::power);
}

double ModelledDevice::install(Bytes payload) {
  flash_.reset_stats();
  const sim::Nanos before = clock_.now();
  link::RawReceiver receiver(device_.updater(), {.slot_size = device_.update_payload_bytes()});
  for (Bytes rest = payload; !rest.empty(); rest = rest.subspan(at_most(rest, kSegment).size())) {
    receiver.on_bytes(at_most(rest, kSegment), Instant{});
  }
  receiver.on_peer_done(Instant{});
  if (!receiver.outcome()) throw std::runtime_error("it was not installed");
  return std::chrono::duration<double>(clock_.now() - before).count();
}

void ModelledDevice::restart_and_confirm() {
  device_.power_on();
  device_.start(StartedBy::reset);
  (void)device_.updater().confirm();
}

}  // namespace updraft::bench
