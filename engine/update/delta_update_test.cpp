// Patches through the whole engine: the base is the running slot, the result is judged as an image.
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
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft {
namespace {

using testing::IsEmpty;
using Buffer = std::vector<std::byte>;

Buffer released(const char* version) {
  Buffer image = sim::make_image({.version = version, .size = 24 * 1024});
  const bool first = std::string_view(version) == "1.0.0";
  std::fill_n(image.begin() + (first ? 11'000 : 12'000), 300, std::byte{0x42});
  sim::reseal_image(image);
  return image;
}

class DeltaUpdate : public testing::Test {
 protected:
  DeltaUpdate() {
    policy.allow_unsigned(kRaw);
    put_base(old_image);
  }
  void put_base(Bytes image) { std::ranges::copy(image, boot.slots[0].bytes.begin()); }

  std::string send(Bytes payload, std::size_t step = 1460, Offer offer = {}) {
    return send_with({.inflaters = inflaters, .patch = &patch, .esp_patch = &esp_patch}, payload,
                     step, offer);
  }
  std::string send_with(const Stages& stages, Bytes payload, std::size_t step = 1460,
                        Offer offer = {}) {
    Updater updater{boot, nullptr, policy, log, stages};
    return word(send_in_pieces(updater, payload, step, offer));
  }
  bool installed() const {
    return boot.selected == 1 &&
           std::ranges::equal(new_image, Bytes(boot.slots[1].bytes).first(new_image.size()));
  }

  void expect_untouched() const {
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.slots[1].programs, 0);
    EXPECT_EQ(boot.selected, std::nullopt);
    EXPECT_EQ(boot.forgotten, std::nullopt);
  }

  Buffer old_image = released("1.0.0"), new_image = released("1.1.0");
  Buffer own = diff::make_patch(old_image, new_image).bytes;
  Buffer esp = samples::esp_patch_between(old_image, new_image);
  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  std::array<pipeline::InflateStage, 1> inflaters;
  pipeline::PatchStage patch;
  pipeline::EspPatchStage esp_patch;
};

TEST_F(DeltaUpdate, InstallsWhatThePatchMakes) {
  EXPECT_LT(own.size(), 1000u);
  for (const Buffer& payload : {own, esp, samples::deflated(own, samples::Wrapping::gzip)}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, payload.size()}) {
      boot.selected.reset();
      EXPECT_EQ(send(payload, step), "ok");
      EXPECT_TRUE(installed());
      EXPECT_EQ(log.trust, Trust::unsigned_image);
      EXPECT_EQ(log.version, "1.1.0");
    }
  }
}

// The last skip may be missing: then the end of the patch is what pushes the image on.
TEST_F(DeltaUpdate, AnImageThatOnlyTheEndBringsIsInstalledLikeAnyOther) {
  const Buffer small = sim::make_image({.version = "1.1.0"});
  ASSERT_LT(small.size(), 512u);
  Buffer stream = samples::esp_stream({{.diff = {}, .extra = small, .skip = 0}});
  stream.pop_back();
  const Buffer payload =
      samples::esp_patch(Bytes(old_image).last(32),
                         samples::esp_body(static_cast<std::int64_t>(small.size()), stream));
  EXPECT_EQ(send(payload), "ok");
  EXPECT_THAT(log.states, testing::ElementsAre("judging", "writing", "verifying", "installed"));
}

// A device that asks an unchanged server for its patch once more.
TEST_F(DeltaUpdate, APatchWhoseResultRunsAlreadyIsNoFailureAndWritesNothing) {
  put_base(new_image);
  for (const Buffer& payload : {own, samples::deflated(own, samples::Wrapping::gzip)}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, payload.size()}) {
      EXPECT_EQ(send(payload, step), "current");
      EXPECT_EQ(log.version, "1.1.0");
      EXPECT_THAT(boot.slots[1].erased, IsEmpty());
      EXPECT_EQ(boot.selected, std::nullopt);
    }
  }
  const Offer forced{.again = true};
  EXPECT_EQ(send(own, 1460, forced), "ok") << "who forces it has it installed";
  EXPECT_TRUE(installed());
}

// Its format names the base alone. That is in the other slot, where it ran before.
TEST_F(DeltaUpdate, APatchOfEspDeltaOtaWhoseResultRunsAlreadyWritesNothing) {
  put_base(new_image);
  std::ranges::copy(old_image, boot.slots[1].bytes.begin());
  for (const Buffer& payload : {esp, samples::deflated(esp, samples::Wrapping::gzip)}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, payload.size()}) {
      EXPECT_EQ(send(payload, step), "current");
      EXPECT_EQ(log.version, "1.1.0");
    }
  }
  expect_untouched();
  const Offer forced{.again = true};
  EXPECT_EQ(send(esp, 1460, forced), "wrong_base") << "it would be written over its base";
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  EXPECT_EQ(boot.slots[1].programs, 0);
}

TEST_F(DeltaUpdate, APatchOfEspDeltaOtaMakesNothingOfWhatRanBefore) {
  std::ranges::copy(old_image, boot.slots[1].bytes.begin());
  for (const std::size_t at : {std::size_t{0}, std::size_t{500}, new_image.size() - 1}) {
    Buffer runs = new_image;
    runs[at] ^= std::byte{1};
    put_base(runs);
    EXPECT_EQ(send(esp), "wrong_base") << at;
  }
  put_base(new_image);
  std::ranges::copy(old_image, boot.slots[1].bytes.begin());
  boot.slots[1].bytes[12'100] ^= std::byte{1};  // and what ran before is damaged
  EXPECT_EQ(send(esp), "wrong_base");
  expect_untouched();
}

TEST_F(DeltaUpdate, OneBitThatDiffersIsAnotherBase) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{500}, new_image.size() - 1}) {
    Buffer runs = new_image;
    runs[at] ^= std::byte{1};
    put_base(runs);
    EXPECT_EQ(send(own), "wrong_base") << at;
  }
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
}

TEST_F(DeltaUpdate, AnotherBaseIsRefusedBeforeTheFirstErase) {
  for (const Buffer& payload : {own, esp}) {
    put_base(new_image);
    EXPECT_EQ(send(payload), payload == esp ? "wrong_base" : "current")
        << "esp names its base alone, and the other slot is empty";
    std::ranges::fill(boot.slots[0].bytes, std::byte{0xFF});
    EXPECT_EQ(send(payload), "wrong_base");
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.selected, std::nullopt);
    put_base(old_image);
    EXPECT_EQ(send(payload), "ok") << "and the next attempt works";
    boot.selected.reset();
    boot.slots[1].erased.clear();
  }
}

// The identity of esp_delta_ota is a name inside the image; damage elsewhere shows in the result.
TEST_F(DeltaUpdate, ADamagedBaseNeverBecomesAnUpdate) {
  boot.slots[0].bytes[20'000] ^= std::byte{1};
  EXPECT_EQ(send(own), "wrong_base");
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  EXPECT_EQ(send(esp), "bad_checksum");
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_F(DeltaUpdate, TheClassOfTheResultCounts) {
  policy = {};
  EXPECT_EQ(send(own), "unsigned");
  EXPECT_EQ(send(esp), "unsigned");
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  EXPECT_EQ(send(own, 1460, {.sender_proved = true}), "ok");
  EXPECT_EQ(log.trust, Trust::sender);
}

TEST_F(DeltaUpdate, ResultsThatAreNoImageAreRefusedAndEraseNothing) {
  const Buffer junk(2000, std::byte{0x42});
  Buffer other_chip = new_image;
  other_chip[12] = std::byte{9};
  sim::reseal_image(other_chip);
  Buffer web_page = junk;
  web_page[0] = std::byte{'<'};
  const struct {
    Buffer result;
    const char* code;
  } rows[] = {{junk, "not_an_image"}, {web_page, "not_an_image"}, {other_chip, "wrong_chip"}};
  for (const auto& row : rows) {
    EXPECT_EQ(send(diff::make_patch(old_image, row.result).bytes), row.code);
    EXPECT_EQ(send(samples::esp_patch_between(old_image, row.result)), row.code);
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  }
}

TEST_F(DeltaUpdate, IsTheOwnersChoice) {
  EXPECT_EQ(send_with({}, own), "alg_unsupported");
  EXPECT_EQ(send_with({}, esp), "alg_unsupported");
  EXPECT_EQ(send_with({.patch = &patch}, own), "ok");
  EXPECT_EQ(send_with({.patch = &patch}, esp), "alg_unsupported");
  EXPECT_EQ(send_with({.esp_patch = &esp_patch}, esp), "ok");
  static pipeline::TightPatchStage tight;
  EXPECT_EQ(send_with({.patch = &tight}, own), "ok");
}

TEST_F(DeltaUpdate, APatchInAPatchIsRefused) {
  EXPECT_EQ(send(diff::make_patch(old_image, own).bytes), "alg_unsupported")
      << "there is one stage, and it is at work";
}

TEST_F(DeltaUpdate, ComesToNoMoreThanTheSlot) {
  boot.slots[1].bytes.resize(256 * 1024);
  Buffer padded = new_image;
  padded.resize(boot.slots[1].size() + 1);
  EXPECT_EQ(send(diff::make_patch(old_image, padded).bytes), "too_big");
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
}

TEST_F(DeltaUpdate, CutAnywhereKeepsTheChoice) {
  for (const Buffer& payload : {own, Buffer(esp.begin(), esp.begin() + 600)}) {
    for (std::size_t cut = 1; cut < payload.size(); ++cut) {
      ASSERT_NE(send(Bytes(payload).first(cut)), "ok") << cut;
      ASSERT_EQ(boot.selected, std::nullopt);
    }
  }
  EXPECT_EQ(send(own), "ok") << "and the next attempt works";
}

TEST_F(DeltaUpdate, NoFlippedBitIsInstalled) {
  const std::uint64_t step = sweep_step(7);
  for (std::size_t bit = sweep_start(step); bit < own.size() * 8; bit += step) {
    Buffer damaged = own;
    damaged[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    boot.selected.reset();
    if (send(damaged) == "ok") {
      ASSERT_TRUE(installed()) << bit;  // a bit on which nothing depends
    }
  }
}

TEST_F(DeltaUpdate, MayBeFilledUpByALinkThatDecrypts) {
  for (Buffer payload : {own, esp}) {
    payload.resize(align_up(payload.size() + 1, 16), std::byte{0xFF});
    EXPECT_EQ(send(payload, 1460, {.link_encrypted = true, .padding = 15}), "ok");
    EXPECT_EQ(send(payload), "malformed");
  }
}

}  // namespace
}  // namespace updraft
