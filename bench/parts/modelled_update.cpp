#include "bench/parts/modelled_update.hpp"

#include "bench/parts/modelled_device.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kImageBytes = 1024 * 1024;

double seconds(sim::Nanos time) { return std::chrono::duration<double>(time).count(); }

ModelledUpdate model_update(const sim::FlashTiming& timing) {
  const auto running = demo_image("1.0.0", kImageBytes), next = demo_image("1.1.0", kImageBytes);
  ModelledDevice device(timing, running);
  (void)device.install(next);

  const sim::FlashStats& stats = device.flash().stats();
  const auto blocks = static_cast<double>((next.size() + kFlashBlock - 1) / kFlashBlock);
  const auto pages = static_cast<double>((next.size() + kFlashPage - 1) / kFlashPage);
  return {.profile = std::string(timing.name),
          .image_bytes = next.size(),
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
