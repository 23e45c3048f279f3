// A card with whatever on it, and whatever happening to it. Checks that the engine hears one
// session at a time, in order, and that the device comes to rest: with nothing changing, nothing
// more is tried.
//
// Input: byte 0 bit 0: with a key; the other bits: StrictIntake's mood. Then ops, a byte each, and
// what they take: low 3 bits 0: a file (its name's number, its size, then bytes); 1: a digest
// beside one; 2: as many steps; 3: the card is pulled or put in; 4: locked or not; 5: a file is cut
// short.
#include <algorithm>
#include <vector>

#include "engine/crypto/aes.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/sd/sd_device.hpp"
#include "tests/fakes/fake_card.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

LinkDecryptor& decryptor() {
  static LinkDecryptor one(link_cipher(crypto::AesMode::ecb, "fuzz").value());
  return one;
}

constexpr const char* kNames[] = {"a.bin", "B.BIN",  "c.suit",      "d.enc",
                                  "e.txt", ".f.bin", "g.bin.taken", "h/i.bin"};

class Input {
 public:
  explicit Input(Bytes bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  unsigned take() {
    if (rest_.empty()) return 0;
    const unsigned byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  Bytes take(std::size_t size) {
    const Bytes part = at_most(rest_, size);
    rest_ = rest_.subspan(part.size());
    return part;
  }

 private:
  Bytes rest_;
};

void op(Input& in, fakes::FakeCard& card, SdDevice& device, bool& restarts) {
  const unsigned what = in.take();
  const std::string name = kNames[what >> 3 & 7];
  switch (what & 7) {
    case 0: {
      const std::size_t size = in.take() * 16;
      std::vector<std::byte> bytes(size, std::byte{0xE9});
      const Bytes first = in.take(std::min<std::size_t>(size, 32));
      std::ranges::copy(first, bytes.begin());
      return card.put(name, bytes);
    }
    case 1:
      return card.put(name + ".sha256", in.take(in.take() % 80));
    case 2:
      for (unsigned i = in.take(); i > 0 && !restarts; --i) {
        restarts = device.step() == SdDevice::Next::restart;
      }
      return;
    case 3:
      card.pulled = !card.pulled;
      return;
    case 4:
      card.locked = !card.locked;
      return;
    case 5:
      if (card.files.contains(name)) {
        auto& bytes = card.files[name].bytes;
        bytes.resize(bytes.size() / 2);
      }
      return;
    default:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned mood = data[0];
  fuzz::StrictIntake intake(kSd, mood, fuzz::StrictIntake::many);
  fakes::FakeCard card;
  SdDevice device(intake, card,
                  {.slot_size = 2048, .decryptor = mood & 1 ? &decryptor() : nullptr});
  bool restarts = false;
  for (Input in(fuzz::input(data, size).subspan(1)); !in.empty() && !restarts;) {
    op(in, card, device, restarts);
  }
  for (int idle = 0, steps = 0; idle < 30 && !restarts; ++steps) {
    check(steps < 5000, "it comes to rest");
    const SdDevice::Next next = device.step();
    restarts = next == SdDevice::Next::restart;
    idle = next == SdDevice::Next::later ? idle + 1 : idle;
  }
  check(card.misuse.empty(), "one file at a time");
  check(restarts == intake.finished(), "a restart follows success alone");
  check(!intake.in_session(), "and no session stays open");
  return 0;
}
