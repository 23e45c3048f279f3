// Compressed payloads through the whole engine: unwrapped, judged by what is inside, at most twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

using samples::deflated;
using samples::Wrapping;
using testing::IsEmpty;
using Buffer = std::vector<std::byte>;

Buffer gzip(const Buffer& plain) { return deflated(plain, Wrapping::gzip); }
Buffer zlib(const Buffer& plain) { return deflated(plain, Wrapping::zlib); }
Buffer text(std::string_view word) {
  Buffer bytes(300);
  std::ranges::copy(as_bytes(word), bytes.begin());
  return bytes;
}

class CompressedUpdate : public testing::Test {
 protected:
  CompressedUpdate() { policy.allow_unsigned(kRaw); }

  std::string send(Bytes payload, std::size_t step = 1460, Offer offer = {},
                   std::size_t layers = kMaxWrappers) {
    Updater updater{boot, nullptr, policy, log, {.inflaters = std::span(inflaters).first(layers)}};
    return word(send_in_pieces(updater, payload, step, offer));
  }
  bool installed() const {
    return boot.selected == 1 &&
           std::ranges::equal(image, Bytes(boot.slots[1].bytes).first(image.size()));
  }

  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  std::array<pipeline::InflateStage, kMaxWrappers> inflaters;
  Buffer image = sim::make_image({.size = 100 * 1024});
};

TEST_F(CompressedUpdate, InstallsWhatIsInside) {
  for (const Buffer& payload : {gzip(image), zlib(image), gzip(gzip(image)), gzip(zlib(image))}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, payload.size()}) {
      boot.selected.reset();
      EXPECT_EQ(send(payload, step), "ok");
      EXPECT_TRUE(installed());
      EXPECT_EQ(log.trust, Trust::unsigned_image);
    }
  }
}

TEST_F(CompressedUpdate, ErasesBlocksHoweverSmallTheWrapperIs) {
  const Buffer payload = gzip(image);
  EXPECT_EQ(send(payload, 1460, {.size = payload.size()}), "ok");
  for (const auto& erase : boot.slots[1].erased) EXPECT_EQ(erase.length, kFlashBlock);
}

TEST_F(CompressedUpdate, RefusesByWhatIsInsideAndErasesNothing) {
  Buffer other_chip = image;
  other_chip[12] = std::byte{9};
  const struct {
    const char* why;
    Buffer payload;
    const char* code;
  } rows[] = {
      {"another chip", gzip(other_chip), "wrong_chip"},
      {"another chip, twice", zlib(gzip(other_chip)), "wrong_chip"},
      {"a web page", gzip(text("<html>")), "not_an_image"},
      {"junk", gzip(text("junk")), "not_an_image"},
      {"nothing", gzip({}), "not_an_image"},
      {"a package", gzip(text("\xD8\x6B")), "malformed"},
      {"a key set", gzip(text("\xD8\x62")), "malformed"},
      {"a container", gzip(text("\xCF\xB6\x88\x07")), "wrong_key"},
      {"a third layer", gzip(gzip(gzip(image))), "malformed"},
      {"a container as third layer", gzip(gzip(text("\xCF\xB6\x88\x07"))), "malformed"},
      {"a delta as third layer", gzip(gzip(text("UDLT"))), "malformed"},
      {"a damaged head",
       [&] {
         Buffer bad = gzip(image);
         bad[3] = std::byte{0xE0};
         return bad;
       }(),
       "malformed"},
      {"no deflate",
       [&] {
         Buffer bad = zlib(image);
         bad[2] = std::byte{0xFF};
         return bad;
       }(),
       "malformed"},
      {"only a head", Buffer(10, std::byte{0}), "not_an_image"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.why);
    EXPECT_EQ(send(row.payload), row.code);
    EXPECT_EQ(send(row.payload, 1), row.code);
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.selected, std::nullopt);
  }
}

TEST_F(CompressedUpdate, UnsignedStaysUnsignedInAWrapper) {
  policy = {};
  EXPECT_EQ(send(gzip(image)), "unsigned");
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  EXPECT_EQ(send(gzip(image), 1460, {.sender_proved = true}), "ok");
  EXPECT_EQ(log.trust, Trust::sender);
}

TEST_F(CompressedUpdate, IsTheOwnersChoice) {
  EXPECT_EQ(send(gzip(image), 1460, {}, 0), "alg_unsupported");
  EXPECT_EQ(send(gzip(gzip(image)), 1460, {}, 1), "alg_unsupported");
  EXPECT_EQ(send(gzip(image), 1460, {}, 1), "ok");
}

TEST_F(CompressedUpdate, ComesToNoMoreThanTheSlot) {
  Buffer padded = image;
  padded.resize(boot.slots[1].size());
  EXPECT_EQ(send(gzip(padded)), "ok");
  padded.resize(boot.slots[1].size() + 1);
  boot.selected.reset();
  EXPECT_EQ(send(gzip(padded)), "too_big");
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_F(CompressedUpdate, CutAnywhereKeepsTheChoice) {
  image = sim::make_image({.size = 2048});
  const Buffer payload = gzip(zlib(image));
  for (std::size_t cut = 1; cut < payload.size(); ++cut) {
    ASSERT_NE(send(Bytes(payload).first(cut)), "ok") << cut;
    ASSERT_EQ(boot.selected, std::nullopt);
  }
  EXPECT_EQ(send(payload), "ok") << "and the next attempt works";
}

TEST_F(CompressedUpdate, MayBeFilledUpByALinkThatDecrypts) {
  Buffer payload = gzip(image);
  payload.resize(align_up(payload.size() + 1, 16), std::byte{0xFF});
  EXPECT_EQ(send(payload, 1460, {.link_encrypted = true, .padding = 15}), "ok");
  EXPECT_EQ(send(payload), "malformed");
  EXPECT_EQ(send(gzip(text("junk")), 1460, {.link_encrypted = true}), "not_an_image")
      << "the key was right";
}

TEST_F(CompressedUpdate, MayBeFollowedByAsMuchAsTheLinkSays) {
  Buffer payload = gzip(image);
  payload.resize(payload.size() + 8000, std::byte{0x55});
  EXPECT_EQ(send(payload, 4000, {.padding = 8000}), "ok");
  EXPECT_EQ(send(payload, 4000, {.padding = 7999}), "malformed");
}

// Original hosts of the control path send bytes after a payload that they sent before: a tail
// may begin as a gzip member does, be one, or look like one where a piece begins.
TEST_F(CompressedUpdate, ATailIsNoMemberWhateverItBeginsWith) {
  Buffer looks_alike(4000, std::byte{0x1F});
  const Buffer whole = gzip(image), other = gzip(text("more"));
  for (const Buffer& payload : {whole, zlib(image), gzip(gzip(image)), gzip(zlib(image))}) {
    for (const Buffer& tail : {whole, other, looks_alike, Buffer(1, std::byte{0x1F})}) {
      Buffer sent = payload;
      const Bytes stale = at_most(tail, 8000);
      sent.insert(sent.end(), stale.begin(), stale.end());
      for (const std::size_t step : {std::size_t{1}, payload.size(), std::size_t{4000}}) {
        ASSERT_EQ(send(sent, step, {.padding = 8000}), "ok") << step << " " << tail.size();
        ASSERT_TRUE(installed());
        boot.selected.reset();
      }
      EXPECT_NE(send(sent, 4000, {.padding = stale.size() - 1}), "ok");
      EXPECT_EQ(boot.selected, std::nullopt);
    }
  }
}

TEST_F(CompressedUpdate, MembersInTheMiddleOfAnImageAreNoTail) {
  const auto middle = image.begin() + 50'000;
  Buffer payload = gzip(Buffer(image.begin(), middle));
  const Buffer second = gzip(Buffer(middle, image.end()));
  payload.insert(payload.end(), second.begin(), second.end());
  payload.insert(payload.end(), second.begin(), second.begin() + 3000);
  EXPECT_EQ(send(payload, 4000, {.padding = 8000}), "ok");
  EXPECT_TRUE(installed());
}

}  // namespace
}  // namespace updraft
