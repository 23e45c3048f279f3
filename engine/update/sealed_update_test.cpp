// Pre-encrypted images through the whole engine: opened, judged by what is inside, and never chosen
// to boot before their tag was right.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft {
namespace {

using format::kSealedHeaderBytes;
using format::Seal;
using samples::deflated;
using samples::Wrapping;
using testing::IsEmpty;
using Buffer = std::vector<std::byte>;

Buffer gzip(const Buffer& plain) { return deflated(plain, Wrapping::gzip); }
Buffer text(std::string_view word) {
  Buffer bytes(300);
  std::ranges::copy(as_bytes(word), bytes.begin());
  return bytes;
}

void same_each_run(MutableBytes out) {
  static std::minstd_rand draws(7);
  for (std::byte& byte : out) byte = static_cast<std::byte>(draws() >> 8);
}

class SealedUpdate : public testing::TestWithParam<Seal> {
 protected:
  SealedUpdate() {
    policy.allow_unsigned(kRaw);
    golden::hold_keys(keys);
  }

  Result<Taken> try_to_send(Bytes payload, std::size_t step, const Offer& offer,
                            pipeline::UnsealStage* stage) {
    Updater updater{boot, nullptr, policy, log, {.inflaters = inflaters, .unseal = stage}};
    return send_in_pieces(updater, payload, step, offer);
  }
  std::string send(Bytes payload, std::size_t step = 1460, const Offer& offer = {}) {
    return word(try_to_send(payload, step, offer, &unseal));
  }
  static Buffer seal(const Buffer& content) { return golden::sealed(content, GetParam()); }
  bool installed() const {
    return boot.selected == 1 &&
           std::ranges::equal(image, Bytes(boot.slots[1].bytes).first(image.size()));
  }
  bool untouched() const { return boot.slots[1].erased.empty() && !boot.selected; }

  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  format::SealedKeys keys;
  pipeline::UnsealStage unseal{keys};
  std::array<pipeline::InflateStage, 1> inflaters;
  Buffer image = sim::make_image({.size = 100 * 1024});
};

TEST_P(SealedUpdate, InstallsWhatIsInside) {
  for (const Buffer& payload : {seal(image), seal(gzip(image)), gzip(seal(image))}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, payload.size()}) {
      boot.selected.reset();
      ASSERT_EQ(send(payload, step), "ok") << step;
      EXPECT_TRUE(installed());
      EXPECT_EQ(log.trust, Trust::unsigned_image) << "encryption is no signature";
    }
  }
}

TEST_P(SealedUpdate, IsNoProofOfTheSender) {
  policy = {};
  EXPECT_EQ(send(seal(image)), "unsigned");
  EXPECT_TRUE(untouched());
  EXPECT_EQ(send(seal(image), 1460, {.sender_proved = true}), "ok");
  EXPECT_EQ(log.trust, Trust::sender);
}

TEST_P(SealedUpdate, RefusesByWhatIsInsideAndErasesNothing) {
  Buffer other_chip = image;
  other_chip[12] = std::byte{9};
  const struct {
    const char* why;
    Buffer payload;
    const char* code;
  } rows[] = {
      {"another chip", seal(other_chip), "wrong_chip"},
      {"another chip, compressed", seal(gzip(other_chip)), "wrong_chip"},
      {"a package", seal(text("\xD8\x6B")), "malformed"},
      {"a delta", seal(text("UDLT")), "alg_unsupported"},
      {"a container", seal(seal(image)), "malformed"},
      {"a container in gzip in a container", seal(gzip(seal(image))), "malformed"},
      {"a third layer", gzip(seal(gzip(gzip(image)))), "malformed"},
      {"junk", seal(text("junk")), "wrong_key"},
      {"a web page", seal(text("<html>")), "wrong_key"},
      {"an image of no segments", seal(text("\xE9")), "wrong_key"},
      {"one byte", seal(Buffer(1, std::byte{0xE9})), "wrong_key"},
      {"only a head",
       [&] {
         Buffer head = seal(image);
         head.resize(kSealedHeaderBytes);
         return head;
       }(),
       "size_mismatch"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.why);
    EXPECT_EQ(send(row.payload), row.code);
    EXPECT_EQ(send(row.payload, 1), row.code);
    EXPECT_TRUE(untouched());
  }
}

TEST_P(SealedUpdate, AWrongKeyIsSaidToBeOne) {
  format::SealedKeys others;
  ASSERT_TRUE(others.add_rsa(golden::other_rsa_key()));
  ASSERT_TRUE(others.add_ecies(golden::hmac_key()));  // any number will do
  pipeline::UnsealStage wrong{others};
  int by_chance = 0;
  for (int sealing = 0; sealing < 20; ++sealing) {  // with a new AES key each time
    const Buffer payload = sim::seal_image(image, golden::seal_for(GetParam()), same_each_run);
    const Result<Taken> result = try_to_send(payload, 1460, {}, &wrong);
    ASSERT_TRUE(untouched());
    if (word(result) != "wrong_key") {
      ++by_chance;
      continue;
    }
    ASSERT_EQ(result.error().where, Where::gate);
    ASSERT_EQ(result.error().found, 0u) << "nothing of what the key made of it";
    ASSERT_EQ(sentence(result.error()),
              "The image is encrypted for another key; use this device's.");
  }
  // Random bytes begin like gzip, zlib or a package once in 10,000 times and are refused as that.
  // The padding of RSA is drawn anew in each run, all else is not.
  EXPECT_LE(by_chance, GetParam() == Seal::rsa ? 1 : 0);
}

TEST_P(SealedUpdate, AMissingKeyIsSaidToBeMissing) {
  format::SealedKeys none;
  pipeline::UnsealStage keyless{none};
  for (pipeline::UnsealStage* stage : {&keyless, static_cast<pipeline::UnsealStage*>(nullptr)}) {
    const Result<Taken> result = try_to_send(seal(image), 1460, {}, stage);
    EXPECT_EQ(word(result), "wrong_key");
    EXPECT_EQ(sentence(result.error()),
              "The image is encrypted, and this device has no key for that.");
    EXPECT_TRUE(untouched());
  }
}

TEST_P(SealedUpdate, ADamagedOneIsNeverChosen) {
  Buffer bad = seal(image);
  bad[kSealedHeaderBytes + 60'000] ^= std::byte{1};
  EXPECT_NE(send(bad), "ok");
  EXPECT_EQ(boot.selected, std::nullopt);

  Buffer other_tag = seal(image);
  other_tag[410] ^= std::byte{1};
  const Result<Taken> result = try_to_send(other_tag, 1460, {}, &unseal);
  EXPECT_EQ(word(result), "bad_hash");
  EXPECT_EQ(sentence(result.error()),
            "The encrypted image was damaged or changed on the way; encrypt or download it again.");
  EXPECT_EQ(boot.selected, std::nullopt);
  const Bytes slot = boot.slots[1].bytes;
  EXPECT_FALSE(std::ranges::equal(image, slot.first(image.size())))
      << "the slot never held all of it";
}

TEST_P(SealedUpdate, NoFlippedBitOfTheHeadIsInstalled) {
  image = sim::make_image({.size = 2048});
  const Buffer payload = seal(image);
  for (std::size_t at = 0; at < 424; ++at) {
    if (GetParam() == Seal::rsa && at > 8 && at < 384 && at % 13 != 0) continue;
    Buffer bad = payload;
    bad[at] ^= std::byte{0x04};
    ASSERT_NE(send(bad), "ok") << at;
    ASSERT_EQ(boot.selected, std::nullopt) << at;
  }
}

TEST_P(SealedUpdate, CutAnywhereKeepsTheChoice) {
  image = sim::make_image({.size = 2048});
  const Buffer payload = seal(gzip(image));
  const std::size_t step = GetParam() == Seal::rsa ? 7 : 1;
  for (std::size_t cut = 1; cut < payload.size(); cut += step) {
    ASSERT_NE(send(Bytes(payload).first(cut)), "ok") << cut;
    ASSERT_EQ(boot.selected, std::nullopt);
  }
  EXPECT_EQ(send(payload), "ok") << "and the next attempt works";
}

TEST_P(SealedUpdate, MayBeAsLargeAsTheSlotAndNotLarger) {
  image = sim::make_image({.size = boot.slots[1].size()});
  const Buffer payload = seal(image);
  EXPECT_EQ(send(payload, 1460, {.size = payload.size()}), "ok");
  EXPECT_TRUE(installed());
  boot.selected.reset();
  EXPECT_EQ(send(payload, 1460, {.size = payload.size() + 1}), "too_big");
  EXPECT_EQ(send(image, 1460, {.size = image.size() + 1}), "too_big")
      << "the head's room is not for plain images";

  Buffer larger = image;
  larger.push_back({});
  boot.slots[1].erased.clear();
  EXPECT_EQ(send(seal(larger)), "too_big");
  EXPECT_TRUE(untouched());
}

TEST_P(SealedUpdate, MayBeFilledUpByALinkThatDecrypts) {
  Buffer payload = seal(image);
  payload.resize(payload.size() + 15, std::byte{0xFF});
  EXPECT_EQ(send(payload, 1460, {.link_encrypted = true, .padding = 15}), "ok");
  boot.selected.reset();
  EXPECT_EQ(send(payload), "malformed");
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_P(SealedUpdate, MayBeFollowedByWhatAnOriginalHostLeft) {
  const Buffer payload = seal(image);
  for (const std::size_t stale : {1u, 3999u, 8000u}) {
    Buffer sent = payload;
    sent.insert(sent.end(), payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(stale));
    EXPECT_EQ(send(sent, 4000, {.padding = 8000}), "ok") << stale;
    EXPECT_TRUE(installed());
    boot.selected.reset();
    EXPECT_EQ(send(sent, 4000, {.padding = stale - 1}), "malformed");
    EXPECT_EQ(boot.selected, std::nullopt);
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, SealedUpdate, testing::Values(Seal::rsa, Seal::ecies),
                         [](const auto& row) { return std::string(format::name(row.param)); });

}  // namespace
}  // namespace updraft
