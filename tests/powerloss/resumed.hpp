// What a resumed transfer must hold to, whoever carries it: after any power cut only what the slot
// lacks comes again.
#pragma once
#include <functional>

#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {

inline constexpr std::size_t kResumedBytes = 60 * 1024;  // of the image that comes

struct Carried {
  std::string said;  // "ok", or the code of what went wrong
  std::uint64_t bytes = 0;
};

// Bytes of chunks of the image that the slot does not hold.
inline std::uint64_t missing(Rig& rig, Bytes image) {
  constexpr std::size_t kUpdateSlot = 0x20000;  // in kSigned
  const Bytes slot = rig.cells().subspan(kUpdateSlot, image.size());
  std::uint64_t bytes = 0;
  for (std::size_t at = 0; at < image.size(); at += suit::kChunkBytes) {
    const Bytes is = at_most(slot.subspan(at), suit::kChunkBytes);
    if (!std::ranges::equal(is, image.subspan(at, is.size()))) bytes += is.size();
  }
  return bytes;
}

inline void confirm(Rig& rig) {
  if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
}

// The power is cut at each flash operation of `carry`, which brings `next` to a device that runs
// 1.0.0 and holds the KeySet.
inline void expect_only_what_is_missing(Rig& rig, Bytes next,
                                        const std::function<Carried()>& carry) {
  constexpr sim::Cut kCuts[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};
  const std::uint64_t step = sweep_step(7);
  std::uint64_t tried = 0;
  for (const sim::Cut how : kCuts) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      (void)carry();
      if (!rig.was_cut() && rig.power_on()) confirm(rig);
      if (!rig.was_cut()) break;
      ++tried;
      ASSERT_TRUE(rig.power_on()) << "nothing boots";
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      if (rig.running() == "1.0.0") {
        const std::uint64_t lacks = missing(rig, next);
        const Carried again = carry();
        ASSERT_LE(again.bytes, lacks + suit::kChunkBytes);
        ASSERT_EQ(again.said, "ok");
        ASSERT_TRUE(rig.power_on());
      }
      confirm(rig);
      ASSERT_TRUE(rig.power_on());
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_EQ(sequence(rig), kSequence);
      const Carried last = carry();
      ASSERT_EQ(last.said, "ok");
      ASSERT_EQ(last.bytes, 0u) << "what runs does not come again";
    }
  }
  std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(tried));
  EXPECT_GT(tried, std::size(kCuts) * (next.size() / kFlashPage / step - 1));
}

}  // namespace updraft::powerloss
