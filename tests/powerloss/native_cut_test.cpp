// Cut the power at every flash operation of an install by native push: the sequence never falls,
// nothing is half trusted, and the next push sends only what the slot lacks.
#include <gtest/gtest.h>

#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kSize = 60 * 1024, kUpdateSlot = 0x20000;  // in kSigned
constexpr sim::Cut kCuts[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};

// Bytes of chunks of the image that the slot does not hold.
std::uint64_t missing(Rig& rig, Bytes image) {
  const Bytes slot = rig.cells().subspan(kUpdateSlot, kSize);
  std::uint64_t bytes = 0;
  for (std::size_t at = 0; at < kSize; at += suit::kChunkBytes) {
    const Bytes is = slot.subspan(at, suit::kChunkBytes);
    if (!std::ranges::equal(is, image.subspan(at, is.size()))) bytes += is.size();
  }
  return bytes;
}

void confirm(Rig& rig) {
  if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
}

TEST(NativeCut, AfterAnyCutOnlyWhatIsMissingIsSent) {
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", kSize);
  const Image package = Desk::shared().package(next, {.sequence = kSequence});
  Rig rig(kSigned, first, nullptr, trusted());
  bring_no_key_set(rig);
  const std::uint64_t step = sweep_step(7);
  std::uint64_t tried = 0;
  for (const sim::Cut how : kCuts) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      (void)rig.native(package);
      if (!rig.was_cut() && rig.power_on()) confirm(rig);
      if (!rig.was_cut()) break;
      ++tried;
      ASSERT_TRUE(rig.power_on()) << "nothing boots";
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      if (rig.running() == "1.0.0") {
        const std::uint64_t lacks = missing(rig, next);
        ASSERT_EQ(rig.native(package), "ok");
        ASSERT_LE(rig.native_data(), lacks + suit::kChunkBytes);
        ASSERT_TRUE(rig.power_on());
      }
      confirm(rig);
      ASSERT_TRUE(rig.power_on());
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_EQ(sequence(rig), kSequence);
      ASSERT_EQ(rig.native(package), "ok");
      ASSERT_EQ(rig.native_data(), 0u) << "what runs is not sent";
    }
  }
  std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(tried));
  EXPECT_GT(tried, std::size(kCuts) * (kSize / kFlashPage / step - 1));
}

}  // namespace
}  // namespace updraft::powerloss
