// One connection to the raw TCP receiver. Checks that the engine hears one session at most, in
// order, and that the receiver keeps to its limits.
//
// Input: byte 0 bit 0: with a key; the other bits: StrictIntake's mood. Then a LinkScript.
#include <algorithm>

#include "engine/crypto/aes.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::uint64_t kSlot = 64 * 1024;
  const unsigned mood = data[0];
  fuzz::StrictIntake intake(kRaw, mood);
  RawReceiver receiver(intake,
                       {.slot_size = kSlot, .decryptor = mood & 1 ? &decryptor() : nullptr});
  fuzz::LinkScript script(receiver, fuzz::input(data, size).subspan(1), kRawTotalMs);
  script.run();
  check(!intake.in_session(), "the session is over");
  check(intake.taken() <= std::min(script.sent(), kSlot + kRawMarginBytes), "the slot is a limit");
  check(receiver.proven() == receiver.outcome().has_value(), "only success is proof");
  if (receiver.outcome()) check(intake.taken() > 0, "nothing is no success");
  return 0;
}
