// The connection is cut at every byte of a signed package over each protocol, and the device is
// reset there: the old image boots, nothing but the slot has changed, and the next push works.
#include <gtest/gtest.h>

#include "engine/crypto/aes.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kPushEvery = 509;  // cuts after which the whole package is pushed as well
constexpr std::size_t kSlot = 0x20000, kAfterSlot = 0x30000;  // of kSigned: what is written
constexpr std::size_t kRecords = 0x36000;                     // what is remembered of signatures

// Every byte of a package of 64 KiB takes minutes for each protocol.
std::size_t image_bytes() { return sweep() == Sweep::nightly ? 63 * 1024 : 9 * 1024; }

const link::LinkCipher& cipher() {
  static const auto made = link::link_cipher(
      crypto::AesMode::cbc, "12345678901234567890123456789012", "0123456789012345");
  return *made;
}

Image encrypted(Bytes package) {
  crypto::Aes256 aes(cipher().mode, crypto::AesDirection::encrypt, cipher().key, cipher().iv);
  Image stream(package.begin(), package.end());
  stream.resize(align_up(stream.size(), crypto::kAesBlock));
  aes.process(stream, stream);
  return stream;
}

// Sends a package over a connection that is lost after so many bytes.
struct Way {
  const char* name;
  std::string (*send)(Rig& rig, Bytes package, std::size_t most);
};
const Way kWays[] = {
    {"raw",
     [](Rig& rig, Bytes package, std::size_t most) { return rig.push(at_most(package, most)); }},
    {"raw_with_aes",
     [](Rig& rig, Bytes package, std::size_t most) {
       static const Image stream = encrypted(package);
       return rig.push(at_most(stream, most), &cipher());
     }},
    {"req", [](Rig& rig, Bytes package, std::size_t most) { return rig.fetch(package, most); }},
    {"bundle", [](Rig& rig, Bytes package, std::size_t most) { return rig.bundle(package, most); }},
    {"ws", [](Rig& rig, Bytes package,
              std::size_t most) { return rig.talk_ws({.image = package}, most); }},
    {"control",
     [](Rig& rig, Bytes package, std::size_t most) { return rig.control(package, most); }},
    {"native", [](Rig& rig, Bytes package, std::size_t most) { return rig.native(package, most); }},
};

class SignedConnection : public testing::TestWithParam<Way> {
 protected:
  SignedConnection() { bring_no_key_set(rig); }

  bool is_installed() { return rig.device().updater().state() == UpdateState::installed; }
  // All but the slot, and the ledger of it.
  Image kept() {
    Image cells(rig.cells().begin(), rig.cells().begin() + kSlot);
    cells.insert(cells.end(), rig.cells().begin() + kRecords, rig.cells().end());
    return cells;
  }
  void expect_the_next_push_works() {
    (void)GetParam().send(rig, package, SIZE_MAX);
    ASSERT_TRUE(is_installed());
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "2.0.0");
    ASSERT_TRUE(rig.device().updater().confirm().has_value());
    ASSERT_TRUE(rig.power_on());
    ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
  }

  const Image package =
      Desk::shared().package(make_image("2.0.0", image_bytes()), {.sequence = kSequence});
  Rig rig{kSigned, make_image("1.0.0", 6 * 1024), nullptr, trusted()};
};

TEST_P(SignedConnection, CutAtAnyByteLeavesTheOldImage) {
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  const Image before = kept();
  const std::size_t step = sweep_step(61);
  std::size_t cuts = 0;
  for (std::size_t at = sweep_start(step);; at += step) {
    SCOPED_TRACE("cut at byte " + std::to_string(at));
    // Else a link that may leave out what the slot holds would never come to some bytes.
    std::ranges::fill(rig.cells().subspan(kSlot, kAfterSlot - kSlot), std::byte{0});
    (void)GetParam().send(rig, package, at);
    if (is_installed()) break;
    ++cuts;
    ASSERT_EQ(rig.device().updater().state(), UpdateState::idle);
    ASSERT_TRUE(kept() == before);
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "1.0.0");
    ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
    if (cuts % kPushEvery != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_the_next_push_works());
    rig.restore();
    ASSERT_TRUE(rig.power_on());
  }
  EXPECT_GE(cuts * step + step, package.size() - crypto::kAesBlock);
  std::printf("connection cuts tried: %zu\n", cuts);
}

INSTANTIATE_TEST_SUITE_P(Protocols, SignedConnection, testing::ValuesIn(kWays),
                         [](const testing::TestParamInfo<Way>& way) { return way.param.name; });

}  // namespace
}  // namespace updraft::powerloss
