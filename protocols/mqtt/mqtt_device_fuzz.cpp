// A subscriber beside a broker that says whatever it likes. Checks that the engine hears one
// session at a time, in order, and that silence ends the connection.
//
// Input: byte 0 bit 0: with a key; the other bits: StrictIntake's mood. Byte 1 bit 0: it was
// greeted and subscribed before. Then a LinkScript.
#include <algorithm>
#include <vector>

#include "engine/crypto/aes.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/mqtt/mqtt_device.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

LinkDecryptor& decryptor() {
  static LinkDecryptor one(link_cipher(crypto::AesMode::ecb, "fuzz").value());
  return one;
}

// Steps of a script that let it in: connack, suback.
constexpr std::byte kLetIn[] = {std::byte{0x40}, std::byte{0x20}, std::byte{2}, std::byte{0},
                                std::byte{0},    std::byte{0x90}, std::byte{3}, std::byte{0},
                                std::byte{1},    std::byte{2}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::uint64_t kSlot = 64 * 1024;
  const unsigned mood = data[0];
  fuzz::StrictIntake intake(kMqtt, mood, fuzz::StrictIntake::many);
  MqttDevice device(intake, {.login = {.client = "fuzz"},
                             .topic = "ota",
                             .slot_size = kSlot,
                             .decryptor = mood & 1 ? &decryptor() : nullptr});
  std::vector<std::byte> steps;
  if (data[1] & 1) steps.assign(std::begin(kLetIn), std::end(kLetIn));
  const Bytes rest = fuzz::input(data, size).subspan(2);
  steps.insert(steps.end(), rest.begin(), rest.end());
  std::uint64_t said = 0;
  fuzz::LinkScript script(device, steps, Millis{120'000},
                          [&said](Bytes part) { said += part.size(); });
  script.run();
  check(!intake.in_session(), "the session is over");
  check(intake.taken() <= kSlot + PayloadStream::kMarginBytes, "the slot is a limit");
  check(device.outcome().has_value() == intake.finished(), "it ends well on success alone");
  check(said <= 512 + 64 * script.sent(), "it says no more than answers");
  return 0;
}
