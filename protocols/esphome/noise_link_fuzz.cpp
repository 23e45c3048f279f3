// Noise around either end of ESPHome's OTA as a script: any bytes, at any time. Checks that nothing
// that was not sealed with the key reaches the inner link, and that every connection ends.
//
// Input: byte 0 bit 0: the host's end, else the device's. Then a LinkScript.
#include <string>

#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "protocols/esphome/noise_link.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;

struct Content final : link::EsphomePayload {
  Bytes plain() override { return image; }
  Bytes gzipped() override { return image; }
  std::vector<std::byte> image = samples::esphome_image(1000);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft::link;
  using fuzz::check;
  if (size == 0) return 0;
  const NoiseKey key(as_bytes("nobody who fuzzes has this key.."));
  const Bytes steps = fuzz::input(data, size).subspan(1);
  constexpr Millis kLongest = kEsphomeTotalMs + kPaceTotalMs;
  if (data[0] & 1) {
    Content content;
    EsphomeHost host(content, "", &samples::esphome_host_bits, true);
    NoiseLink noise(NoiseLink::Side::initiator, host, key, &samples::esphome_host_bits);
    fuzz::LinkScript(noise, steps, kLongest, [](Bytes) {}).run();
    check(!noise.outcome() && host.sent() == 0, "nothing is sent to whom has no key");
    return 0;
  }
  fuzz::StrictIntake intake(kEsphome, data[0]);
  LoginGuards guards;
  EsphomeDevice device(intake, guards, {.noise = true, .random = &samples::esphome_bits});
  NoiseLink noise(NoiseLink::Side::responder, device, key, &samples::esphome_bits);
  fuzz::LinkScript(noise, steps, kLongest, [](Bytes) {}).run();
  check(!noise.outcome() && intake.announced() == 0, "nothing is taken from whom has no key");
  return 0;
}
