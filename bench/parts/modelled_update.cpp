#include "bench/parts/modelled_update.hpp"

#include "protocols/raw/raw_receiver.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kImageBytes = 1024 * 1024;
constexpr std::size_t kSegment = 1460;

class Quiet final : public Observer {};

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

std::vector<std::byte> image(const char* version) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = kImageBytes;
  return sim::make_image(demo);
}

ModelledUpdate model_update(const sim::FlashTiming& timing) {
  const device::Options options;
  const auto running = image("1.0.0");
  const device::Identity identity = device::make_identity(options, running);
  auto cells = device::make_flash(options, identity, running);
  std::fill_n(cells.begin() + 0x310000, 3 << 20, std::byte{0x00});  // ota_1 was used before
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock, {.timing = timing});
  sim::Efuse efuse = identity.efuse;
  Policy policy;
  policy.allow_unsigned(kRaw);
  Quiet quiet;
  sim::Device device(flash, efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);

  flash.reset_stats();
  link::RawReceiver receiver(device.updater(), {.slot_size = device.update_slot_bytes()});
  const auto next = image("1.1.0");
  for (Bytes rest = next; !rest.empty();) {
    const Bytes segment = rest.first(std::min(kSegment, rest.size()));
    receiver.on_bytes(segment, Instant{});
    rest = rest.subspan(segment.size());
  }
  receiver.on_peer_done(Instant{});

  const sim::FlashStats& stats = flash.stats();
  const auto blocks = static_cast<double>((next.size() + kFlashBlock - 1) / kFlashBlock);
  const auto pages = static_cast<double>((next.size() + kFlashPage - 1) / kFlashPage);
  return {.profile = std::string(timing.name),
          .image_bytes = receiver.outcome() ? next.size() : 0,
          .erase = seconds(stats.erase_sector.time + stats.erase_block.time),
          .program = seconds(stats.program.time),
          .read = seconds(stats.read.time),
          .bound = blocks * seconds(timing.erase_block) +
                   pages * seconds(timing.program_time(kFlashPage)),
          .longest_call = seconds(stats.longest_call)};
}

}  // namespace

std::vector<ModelledUpdate> model_updates() {
  std::vector<ModelledUpdate> updates;
  for (const sim::FlashTiming& timing : sim::flash_timings()) {
    if (timing.page_program.count() != 0) updates.push_back(model_update(timing));
  }
  return updates;
}

}  // namespace updraft::bench
