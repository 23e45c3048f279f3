// bench/run signed: what signatures cost a device. The time of an install on modelled flash, signed
// and unsigned, and the memory; what they cost in code and instructions says tools/footprint.
#include <cstdio>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "engine/signing/signed_updates.hpp"
#include "host/signing/package_maker.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "virtual_device/provision.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kSegment = 1460;
// What is aimed at, and what it must not be more than. Above the aim are the sectors of their own
// that the release's record and a long index take, and that the slot is read once more for the
// digest of the package: 73 ms a MiB, at most 1.7 % of an install. docs/signed.md has the numbers.
constexpr double kAim = 1.02, kMostRatio = 1.07;
using Buffer = std::vector<std::byte>;

class Quiet final : public Observer {};

Buffer image(const char* version, std::size_t size) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  return sim::make_image(demo);
}

// The product's keys, and what they sign.
struct Desk {
  host::SigningKey root = host::SigningKey::generate(), release = host::SigningKey::generate();
  host::Product product = host::read_product("updraft.example/demo/esp32c3/1");

  sim::Trusted trusted() const {
    host::KeySetSpec spec;
    spec.root = {{root.point()}, 1};
    spec.release = {{release.point()}, 1};
    return {.key_set = host::sign_key_set(host::make_key_set(spec), host::signer_of(root)),
            .vendor = {product.vendor.begin(), product.vendor.end()},
            .class_id = {product.class_id.begin(), product.class_id.end()}};
  }
  Buffer package(Bytes next) const {
    const Buffer blank =
        host::make_package({.components = {{host::app_component(), product, next, next}},
                            .sequence = 7,
                            .version = {}});
    return host::attach(blank, release.point(), release.sign(host::package_message(blank)));
  }
};

// Seconds that an install takes of the flash; its slot was used before.
double install(const sim::FlashTiming& timing, const sim::Trusted& trusted, Bytes payload,
               Bytes running) {
  const device::Options options;
  const device::Identity identity = device::make_identity(options, running);
  Buffer cells = device::make_flash(options, identity, running);
  std::fill_n(cells.begin() + 0x310000, 3 << 20, std::byte{0});  // ota_1
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock, {.timing = timing});
  sim::Efuse efuse = identity.efuse;
  Policy policy;
  policy.allow_unsigned(kRaw);
  Quiet quiet;
  sim::Device device(flash, efuse, sim::BootBuild::rollback, policy, quiet, nullptr,
                     format::kPartitionTableOffset, trusted);
  device.power_on();
  device.start(StartedBy::power);
  flash.reset_stats();
  const sim::Nanos before = clock.now();
  link::RawReceiver receiver(device.updater(), {.slot_size = device.update_payload_bytes()});
  for (Bytes rest = payload; !rest.empty(); rest = rest.subspan(at_most(rest, kSegment).size())) {
    receiver.on_bytes(at_most(rest, kSegment), Instant{});
  }
  receiver.on_peer_done(Instant{});
  if (!receiver.outcome()) throw std::runtime_error("it was not installed");
  return std::chrono::duration<double>(clock.now() - before).count();
}

bool compare(bool json) {
  const Desk desk;
  bool held = true;
  for (const std::size_t size :
       {std::size_t{400} << 10, std::size_t{1} << 20, std::size_t{2} << 20}) {
    const Buffer running = image("1.0.0", size), next = image("1.1.0", size);
    const Buffer package = desk.package(next);
    for (const sim::FlashTiming& timing : sim::flash_timings()) {
      if (timing.page_program.count() == 0) continue;
      const double plain = install(timing, {}, next, running);
      const double with = install(timing, desk.trusted(), package, running);
      held = held && with <= kMostRatio * plain;
      const std::string form =
          json ? R"({{"bench":"signed","profile":"{}","image_bytes":{},"unsigned_seconds":{:.3f},)"
                 R"("signed_seconds":{:.3f},"ratio":{:.3f}}})"
               : "{:<12} {:>8} bytes: {:6.2f} s unsigned, {:6.2f} s signed, {:.3f} x";
      fmt::print("{}\n",
                 fmt::format(fmt::runtime(form), timing.name, size, plain, with, with / plain));
    }
  }
  if (json) return held;
  fmt::print(
      "memory: {} bytes to work in, {} bytes of objects; at most {:.2f} x: {} (the aim is {:.2f} "
      "x)\n",
      sizeof(SigningRoom), sizeof(SignedUpdates), kMostRatio, held ? "held" : "NOT held", kAim);
  return held;
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  try {
    return updraft::bench::compare(argc > 1 && std::strcmp(argv[1], "--json") == 0) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench signed: %s\n", error.what());
    return 1;
  }
}
