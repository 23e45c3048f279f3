// Updates by patch, cut at every flash operation and at every byte of the connection: what was
// running boots, and the next attempt works; if the patch has restart points it goes on there.
#include <gtest/gtest.h>

#include "engine/pipeline/esp_patch_samples.hpp"
#include "host/delta/diff.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/patch_pair.hpp"

namespace updraft::powerloss {
namespace {

const std::uint64_t kStep = sweep_step(13);
const std::size_t kFlipStep = sweep() == Sweep::nightly ? 1 : 7;
constexpr std::size_t kRestart = 64 * 1024;

void cut_at_every_flash_operation(const Geometry& geometry) {
  const Pair pair(72 * 1024, 4096, 700);
  const Image patch =
      diff::make_patch(pair.first, pair.next, {.restart = kRestart, .progress = {}}).bytes;
  Rig rig(geometry, pair.first, nullptr);
  std::uint64_t cuts = 0, went_on = 0;
  for (const auto how : {sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(kStep);; at += kStep, ++cuts) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      (void)rig.talk_ws({.image = patch});
      if (!rig.was_cut()) break;
      ASSERT_TRUE(rig.power_on()) << "nothing boots";
      if (rig.running() == "1.0.0") {
        ASSERT_EQ(rig.talk_ws({.image = patch}), "ok");
        went_on += rig.wire_bytes() < patch.size() - 2000 ? 1 : 0;
        ASSERT_TRUE(rig.power_on());
      }
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_TRUE(rig.runs_from_sound_cells());
    }
  }
  std::printf("cuts of an update by patch: %llu, of which went on at a restart point: %llu\n",
              static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(went_on));
  EXPECT_GE(went_on, 3 * (8 * 1024 / kFlashPage / kStep - (kStep > 1 ? 1 : 0)))
      << "the last 8 KiB, page by page";
}

TEST(PatchCut, AtEveryFlashOperationAndGoesOnAtTheRestartPoint) {
  cut_at_every_flash_operation(kTwoSlots);
}
TEST(PatchCut, AtEveryFlashOperationThroughFlashEncryption) {
  cut_at_every_flash_operation(kEncrypted);
}

// The cut comes while the device goes on after one.
TEST(PatchCut, TwiceAndTheSecondTimeWhileGoingOn) {
  const Pair pair(72 * 1024, 4096, 700);
  const Image patch =
      diff::make_patch(pair.first, pair.next, {.restart = kRestart, .progress = {}}).bytes;
  Rig rig(kTwoSlots, pair.first, nullptr);
  ASSERT_TRUE(rig.power_on());
  (void)rig.talk_ws({.image = patch}, patch.size() - 1000);
  const Rig::Snapshot begun = rig.save();
  for (const auto how : {sim::Cut::torn, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(kStep);; at += kStep) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.load(begun);
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      (void)rig.talk_ws({.image = patch});
      if (!rig.was_cut()) break;
      ASSERT_TRUE(rig.power_on());
      if (rig.running() == "1.0.0") {
        ASSERT_EQ(rig.talk_ws({.image = patch}), "ok");
        ASSERT_TRUE(rig.power_on());
      }
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_TRUE(rig.runs_from_sound_cells());
    }
  }
}

struct Small {
  const char* name;
  Image first, next, patch;
  std::size_t needed;  // bytes of the patch; the last skip of esp_delta_ota may be missing
};
std::vector<Small> small_patches() {
  const auto [first, next] = Pair(4 * 1024, 1024, 60);
  Image own = diff::make_patch(first, next).bytes, esp = samples::esp_patch_between(first, next);
  return {{"own", first, next, own, own.size()},
          {"esp_delta_ota", first, next, esp, esp.size() - 2}};
}

void expect_next_works(Rig& rig, const Small& small) {
  ASSERT_EQ(rig.push(small.patch), "ok");
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "2.0.0");
}

void cut_at_every_flash_operation(const Small& small, Start start) {
  Rig rig(kTwoSlots, small.first, start);
  std::size_t cuts = 0;
  for (const auto how : {sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      SCOPED_TRACE(std::string(small.name) + ", " + name(start) + ", " +
                   std::string(sim::name(how)) + " at " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      (void)rig.push(small.patch);
      if (!rig.was_cut()) break;
      ++cuts;
      ASSERT_TRUE(rig.power_on());
      if (rig.running() == "1.0.0") expect_next_works(rig, small);
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_TRUE(rig.runs_from_sound_cells());
    }
  }
  EXPECT_GT(cuts, 3 * small.next.size() / kFlashPage) << "every page in every way, at least";
}

TEST(PatchCut, SmallPatchesOfBothKindsAtEveryFlashOperation) {
  for (const Small& small : small_patches()) {
    for (const Start start : kStarts) cut_at_every_flash_operation(small, start);
  }
}

TEST(PatchCut, TheConnectionAtEveryByte) {
  for (const Small& small : small_patches()) {
    Rig rig(kTwoSlots, small.first, nullptr);
    ASSERT_TRUE(rig.power_on());
    for (std::size_t at = 0; at < small.needed; ++at) {
      ASSERT_NE(rig.push(Bytes(small.patch).first(at)), "ok") << small.name << " " << at;
      ASSERT_EQ(rig.device().updater().state(), UpdateState::idle);
      ASSERT_EQ(rig.running(), "1.0.0");
    }
    for (std::size_t at = 0;; ++at) {
      const std::string outcome = rig.talk_ws({.image = small.patch}, at);
      if (outcome == "ok") break;
      ASSERT_LT(at, small.patch.size() + 200) << small.name;
    }
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "2.0.0");
  }
}

// Every bit of a complete small patch, through the whole device: what is installed is the next
// image, or nothing. A container of esp_delta_ota has no digest of its own: the image has.
TEST(PatchCut, EveryBitFlipped) {
  for (const Small& small : small_patches()) {
    Rig rig(kTwoSlots, small.first, nullptr);
    const std::size_t step = small.patch.size() < 1024 ? 1 : kFlipStep;
    std::size_t unnoticed = 0;
    for (std::size_t bit = 0; bit < 8 * small.patch.size(); bit += step) {
      Image damaged = small.patch;
      damaged[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      const bool installed = rig.push(damaged) == "ok";
      ASSERT_TRUE(rig.power_on());
      ASSERT_EQ(rig.running(), installed ? "2.0.0" : "1.0.0") << small.name << " " << bit;
      if (!installed) continue;
      ++unnoticed;
      ASSERT_TRUE(std::equal(small.next.begin(), small.next.end(), rig.cells().begin() + 0x40000));
    }
    std::printf("%s: %zu flipped bits of %zu went unnoticed, and the result was right\n",
                small.name, unnoticed, 8 * small.patch.size());
  }
}

TEST(PatchCut, ABaseThatChangedBetweenTwoAttemptsIsRefused) {
  constexpr std::size_t kBase = 0x10000, kUpdate = 0x40000;  // of kTwoSlots
  for (const Small& small : small_patches()) {
    Rig rig(kTwoSlots, small.first, nullptr);
    for (const bool erased : {false, true}) {
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      ASSERT_NE(rig.push(Bytes(small.patch).first(small.needed - 1)), "ok");
      const Image before(rig.cells().begin() + kUpdate, rig.cells().end());
      MutableBytes base = rig.cells().subspan(kBase, small.first.size());
      if (erased) std::ranges::fill(base, std::byte{0xFF});
      if (!erased) base.back() ^= std::byte{1};
      ASSERT_EQ(rig.push(small.patch), "wrong_base") << small.name;
      ASSERT_TRUE(std::equal(before.begin(), before.end(), rig.cells().begin() + kUpdate));
      std::ranges::copy(small.first, base.begin());
      expect_next_works(rig, small);
    }
  }
}

}  // namespace
}  // namespace updraft::powerloss
