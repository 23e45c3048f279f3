// Stages whose memory is borrowed, and the sector of a LeanUpdater: it is there while a payload of
// their kind comes, and never longer, however that ends; where there is none, nothing is erased.
#include "engine/pipeline/lent_stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "engine/pipeline/esp_patch_samples.hpp"
#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "engine/update/test_send.hpp"
#include "host/delta/diff.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/counting_lender.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft {
namespace {

using samples::deflated;
using samples::Wrapping;
using testing::IsEmpty;
using Payload = std::vector<std::byte>;

struct Kind {
  const char* what;
  Payload payload;
  std::size_t least, most;  // bytes that it borrows
};

class LentStages : public testing::Test {
 protected:
  LentStages() {
    policy.allow_unsigned(kRaw);
    golden::hold_keys(keys);
    std::ranges::copy(old_image, boot.slots[0].bytes.begin());
  }
  std::vector<Kind> kinds() const {
    constexpr std::size_t kWhole = codec::inflate_memory(codec::kInflateWindow);
    constexpr std::size_t kSmall = codec::inflate_memory(4096);
    constexpr std::size_t kPatch = sizeof(pipeline::PatchStage),
                          kEsp = sizeof(pipeline::EspPatchStage),
                          kSealed = sizeof(pipeline::UnsealStage);
    const Payload difference = diff::make_patch(old_image, image).bytes;
    std::vector<Kind> made = {
        {"plain", image, 0, 0},
        {"gzip", deflated(image, Wrapping::gzip), kWhole, kWhole},
        {"zlib", deflated(image, Wrapping::zlib), kWhole, kWhole},
        {"a window of 4 KiB", samples::deflated_within(image, 12), kSmall, kSmall},
        {"patch", difference, kPatch, kPatch},
        {"patch of esp_delta_ota", samples::esp_patch_between(old_image, image), kEsp, kEsp},
        {"sealed", golden::sealed(image, format::Seal::ecies), kSealed, kSealed},
        {"a packed patch", deflated(difference, Wrapping::zlib), kWhole + kPatch, kWhole + kPatch}};
    for (Kind& kind : made) {
      kind.least += kFlashSector;
      kind.most += kFlashSector;
    }
    return made;
  }
  std::string send(Bytes payload) {
    LeanUpdater updater{boot, nullptr, policy, log, stages(), lender};
    return word(send_in_pieces(updater, payload, 1000, {}));
  }
  Stages stages() {
    return {.inflaters = std::span(&inflater, 1),
            .unseal = &unseal,
            .patch = &patch,
            .esp_patch = &esp_patch};
  }
  void expect_untouched() const {
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.forgotten, std::nullopt);
    EXPECT_EQ(boot.selected, std::nullopt);
  }

  Payload old_image = sim::make_image({.version = "1.0.0", .size = 40 * 1024});
  Payload image = sim::make_image({.version = "1.1.0", .size = 40 * 1024, .seed = 3});
  fakes::CountingLender lender;
  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  format::SealedKeys keys;
  pipeline::LentInflateStage inflater{lender};
  pipeline::LentUnsealStage unseal{lender, keys};
  pipeline::LentPatchStage<pipeline::PatchStage> patch{lender};
  pipeline::LentPatchStage<pipeline::EspPatchStage> esp_patch{lender};
};

TEST_F(LentStages, BorrowWhatTheirPayloadNeedsAndGiveItBack) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.what);
    lender.most = 0;
    boot.selected.reset();
    EXPECT_EQ(send(kind.payload), "ok");
    EXPECT_EQ(boot.selected, 1);
    EXPECT_GE(lender.most, kind.least);
    EXPECT_LE(lender.most, kind.most);
    EXPECT_EQ(lender.out(), 0u);
  }
}

TEST_F(LentStages, GiveItBackWhereverThePayloadIsCutOff) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.what);
    const std::size_t step = kind.payload.size() / 40 + 1;
    for (std::size_t cut = 1; cut < kind.payload.size(); cut += step) {
      LeanUpdater updater{boot, nullptr, policy, log, stages(), lender};
      ASSERT_TRUE(updater.begin({.scheme = kRaw}));
      ASSERT_TRUE(updater.write(Bytes(kind.payload).first(cut)));
      if (cut % 2 == 0) {
        updater.abort({Code::aborted, Where::link});
      } else {
        EXPECT_FALSE(updater.finish());
      }
      ASSERT_EQ(lender.out(), 0u) << cut;
    }
  }
}

TEST_F(LentStages, GiveItBackWhereThePayloadIsRefused) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.what);
    policy.project = "another";
    EXPECT_EQ(send(kind.payload), "wrong_product");
    EXPECT_EQ(lender.out(), 0u);
    policy.project = "";
  }
}

TEST_F(LentStages, WithoutMemoryNothingIsErasedAndTheNumberIsSaid) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.what);
    lender.room = kind.least - 1;
    LeanUpdater updater{boot, nullptr, policy, log, stages(), lender};
    const Result<Taken> sent = send_in_pieces(updater, kind.payload, 1000, {});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::no_memory);
    EXPECT_EQ(verdict(sent.error().code), Verdict::refused);
    EXPECT_LT(sent.error().found, sent.error().expected);
    EXPECT_GT(sent.error().expected, 0u);
    EXPECT_EQ(lender.out(), 0u);
    expect_untouched();
    lender.room = 1 << 20;
    EXPECT_TRUE(send_in_pieces(updater, kind.payload, 1000, {})) << "the next one has it";
    boot = fakes::FakeBootControl();
    std::ranges::copy(old_image, boot.slots[0].bytes.begin());
  }
}

}  // namespace
}  // namespace updraft
