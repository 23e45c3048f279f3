// One connection to a device of ESPHome's OTA as a script. Checks that the engine hears one session
// at most, in order, and that every connection comes to its end.
//
// Input: byte 0: StrictIntake's mood; byte 1 bit 0: a password; bit 1: version 1; bit 2: legacy.
// Then a LinkScript.
#include <string>

#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;

// The engine that is offered to senders that proved themselves as well.
class OfEither final : public Intake {
 public:
  explicit OfEither(unsigned mood) : strict_(kEsphome, mood) {}
  Result<> welcome(const Offer& offer) override { return strict_.welcome(unproved(offer)); }
  Result<> begin(const Offer& offer) override { return strict_.begin(unproved(offer)); }
  Result<> write(Bytes bytes) override { return strict_.write(bytes); }
  Result<Taken> finish(PayloadEnd end) override { return strict_.finish(end); }
  void abort(const Error& why) override { strict_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override { strict_.never_began(scheme, why); }
  const fuzz::StrictIntake& strict() const { return strict_; }

 private:
  static Offer unproved(Offer offer) {
    offer.sender_proved = false;
    return offer;
  }
  fuzz::StrictIntake strict_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft::link;
  using fuzz::check;
  if (size < 2) return 0;
  OfEither intake(data[0]);
  LoginGuards guards;
  EsphomeDevice device(intake, guards,
                       {.password = data[1] & 1 ? "correct horse" : "",
                        .version = static_cast<std::uint8_t>(data[1] & 2 ? 1 : 2),
                        .legacy = (data[1] & 4) != 0,
                        .random = &samples::esphome_bits});
  std::string said;
  fuzz::LinkScript script(device, fuzz::input(data, size).subspan(2),
                          kEsphomeTotalMs + kEsphomeDrainMs,
                          [&said](Bytes bytes) { said += as_text(bytes); });
  script.run();
  check(!intake.strict().in_session(), "the session is over");
  check(said.size() <= 200 + script.sent() / kEsphomeBlock, "a device says little");
  if (device.outcome()) check(said.find('E') != said.npos, "a success is said");
  return 0;
}
