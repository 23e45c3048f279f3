// What a device says to a host of ESPHome's OTA, as a script. Checks that it comes to an end, and
// that only a device that has everything can bring a success.
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "tests/fuzz/link_script.hpp"

namespace {

using namespace updraft;

struct Content final : link::EsphomePayload {
  Bytes plain() override { return image; }
  Bytes gzipped() override { return Bytes(image).first(100); }
  std::vector<std::byte> image = samples::esphome_image(1000);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft::link;
  using fuzz::check;
  if (size == 0) return 0;
  Content content;
  EsphomeHost host(content, data[0] & 1 ? "correct horse" : "", &samples::esphome_host_bits);
  std::uint64_t said = 0;
  fuzz::LinkScript script(host, fuzz::input(data, size).subspan(1), kPaceTotalMs + kEsphomeResultMs,
                          [&said](Bytes bytes) { said += bytes.size(); });
  script.run();
  if (host.outcome()) check(host.sent() == host.total() && said > host.total(), "all was sent");
  return 0;
}
