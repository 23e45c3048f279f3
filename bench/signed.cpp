// bench/run signed: what signatures cost a device. The time of an install on modelled flash, signed
// and unsigned, and the memory; bench/run has tools/footprint
// say what they cost in code and instructions.
#include <cstdio>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "bench/parts/modelled_device.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::bench {
namespace {

// Of the time that the image alone takes; the mean of many installs. Above 1 are the notes of the
// release, a record once in some installs, and a long index, which waits in sectors of its own.
constexpr double kMostRatio = 1.02;
constexpr std::uint64_t kInstalls = 14;  // a record is written twice in that time

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
  std::vector<std::byte> package(Bytes next, std::uint64_t sequence) const {
    const auto blank =
        host::make_package({.components = {{host::app_component(), product, next, next}},
                            .sequence = sequence,
                            .version = {}});
    return host::attach(blank, release.point(), release.sign(host::package_message(blank)));
  }
};

struct Took {
  double mean = 0, most = 0;  // seconds
};

// One image after the other, each confirmed before the next comes.
Took install_many(const Desk* desk, const sim::FlashTiming& timing, std::size_t size) {
  const sim::Trusted trusted = desk != nullptr ? desk->trusted() : sim::Trusted{};
  const auto running = demo_image("1.0.0", size);
  ModelledDevice device(timing, running, trusted);
  Took took;
  for (std::uint64_t number = 1; number <= kInstalls; ++number) {
    const auto seed = static_cast<std::uint32_t>(number + 1);  // nothing of it is there already
    const auto next = demo_image(fmt::format("1.1.{}", number), size, seed);
    const double seconds = device.install(desk != nullptr ? desk->package(next, number) : next);
    device.restart_and_confirm();
    took.mean += seconds / static_cast<double>(kInstalls);
    took.most = std::max(took.most, seconds);
  }
  return took;
}

bool compare(bool json) {
  const Desk desk;
  bool held = true;
  for (const std::size_t size :
       {std::size_t{400} << 10, std::size_t{1} << 20, std::size_t{2} << 20}) {
    const std::size_t more = desk.package(demo_image("1.1.0", size), 1).size() - size;
    fmt::print(fmt::runtime(json ? R"({{"bench":"signed","image_bytes":{},"more_bytes":{}}})"
                                 : "{} bytes: signed, {} more are sent"),
               size, more);
    fmt::print("\n");
    for (const sim::FlashTiming& timing : sim::flash_timings()) {
      if (timing.page_program.count() == 0) continue;
      const Took plain = install_many(nullptr, timing, size);
      const Took with = install_many(&desk, timing, size);
      const double ratio = with.mean / plain.mean, most = with.most / plain.most;
      held = held && ratio <= kMostRatio;
      const std::string form =
          json ? R"({{"bench":"signed","profile":"{}","image_bytes":{},"unsigned_seconds":{:.3f},)"
                 R"("signed_seconds":{:.3f},"ratio":{:.3f},"slowest_ratio":{:.3f}}})"
               : "{:<12} {:>8} bytes: {:6.2f} s unsigned, {:6.2f} s signed, {:.3f} x, the slowest "
                 "install {:.3f} x";
      fmt::print("{}\n", fmt::format(fmt::runtime(form), timing.name, size, plain.mean, with.mean,
                                     ratio, most));
    }
  }
  if (json) return held;
  fmt::print("RAM that signing costs: {} bytes to work in, {} bytes of objects\n",
             sizeof(SigningRoom), sizeof(SignedUpdates));
  fmt::print("time at most {:.2f} x: {}\n", kMostRatio, held ? "held" : "NOT held");
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
