// bench/run pull: an update of 1 MiB from a web server on a modelled link and flash, whose
// connection is cut 0, 1 and 5 times, beside the same with the way of esp_https_ota: 4 KiB erases
// while it streams, and from the beginning after each cut. All seconds are on the virtual clock.
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "bench/parts/with_cuts.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "virtual_device/paced_intake.hpp"

namespace updraft::bench {
namespace {

class Quiet final : public Observer {};

// Ours: the machine, the engine and the flash as they are. A cut costs the wait of the machine too.
CutCost by_updraft(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts) {
  CutBoard board(line);
  Policy policy;
  policy.allow_unsigned(kHttps);
  Quiet quiet;
  sim::Device device(board.flash, board.identity.efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);
  device::PacedIntake intake(device.updater(), board.network, board.flash);
  const std::size_t each = kCutImageBytes / (cuts + 1);
  const link::FileServer files{std::string(as_text(next))};
  CutCost cost;
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
  cost.time = seconds_of(board.clock.now() - before + (bench.now - began));
  return cost;
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  using namespace updraft::bench;
  try {
    run_with_cuts("from a web server", &by_updraft,
                  argc > 1 && std::strcmp(argv[1], "--json") == 0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench pull: {}\n", error.what());
    return 1;
  }
  return 0;
}
