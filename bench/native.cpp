// bench/run native: a build of 1 MiB pushed by native push to a device with modelled link and
// flash, whose connection is cut 0, 1 and 5 times, beside the way of esp_https_ota
// (parts/with_cuts.hpp). The sender comes back at once, as it does after the first cut. All seconds
// are on the virtual clock; TLS's own work is not counted on either side.
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/parts/with_cuts.hpp"
#include "host/signing/package_parts.hpp"
#include "protocols/native/native_device.hpp"
#include "protocols/native/native_host.hpp"
#include "virtual_device/paced_intake.hpp"

namespace updraft::bench {
namespace {

class Quiet final : public Observer {};

class NoBoard final : public link::NativeBoard {
 public:
  void describe(link::NativeFacts&) override {}
  link::NativeInstalled installed() override { return {}; }
  Text<16> other_slot() override { return {}; }
  Result<> arm(std::uint64_t) override { return {}; }
  std::uint64_t newest_event() override { return 0; }
  std::string_view event(std::uint64_t) override { return {}; }
};

// One connection, cut once so many bytes went to the device; each reply costs a round trip.
void talk(link::NativePush& push, link::NativeShared& shared, CutBoard& board, std::uint64_t most) {
  board.clock.advance(kTripsToConnect * kRoundTrip);
  link::NativeHost host(push);
  link::NativeDevice device(shared);
  host.on_connected(Instant{});
  device.on_connected(Instant{});
  std::array<std::byte, 4096> record;
  while (host.phase() == link::Phase::open && most > 0) {
    const Bytes sent = at_most(Bytes(record).first(host.write_to(record)), most);
    most -= sent.size();
    if (!sent.empty()) device.on_bytes(sent, Instant{});
    bool answered = false;
    while (const std::size_t size = device.write_to(record)) {
      if (!answered) board.clock.advance(kRoundTrip);
      answered = true;
      host.on_bytes(Bytes(record).first(size), Instant{});
    }
    if (sent.empty() && !answered) break;
  }
  device.on_lost(Instant{});
  if (host.phase() == link::Phase::open) host.on_lost(Instant{});
}

CutCost by_updraft(const LinkRow& line, const std::vector<std::byte>& next, unsigned cuts) {
  CutBoard board(line);
  Policy policy;
  Quiet quiet;
  sim::Device device(board.flash, board.identity.efuse, sim::BootBuild::rollback, policy, quiet);
  device.power_on();
  device.start(StartedBy::power);
  device::PacedIntake intake(device.updater(), board.network, board.flash);
  NoBoard owner;
  link::NativeShared shared(intake, device.updater(), owner);
  const host::PackageParts parts = host::unsigned_parts(next, next, {});
  link::NativePush push({parts.head, parts.index, parts.transfer}, true);
  const sim::Nanos before = board.clock.now();
  const std::uint64_t each = kCutImageBytes / (cuts + 1);
  for (unsigned cut = 0; cut < cuts; ++cut) talk(push, shared, board, each);
  talk(push, shared, board, UINT64_MAX);
  if (!push.is_applied()) throw std::runtime_error("the update failed");
  return {seconds_of(board.clock.now() - before), push.data_bytes()};
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  using namespace updraft::bench;
  try {
    run_with_cuts("pushed to a device", &by_updraft,
                  argc > 1 && std::strcmp(argv[1], "--json") == 0, true);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench native: {}\n", error.what());
    return 1;
  }
  return 0;
}
