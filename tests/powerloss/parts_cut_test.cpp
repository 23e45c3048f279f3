// Cut the power at every flash operation of an install of a package whose image stands beside it on
// a web server: the sequence never falls, nothing is half trusted, and the next attempt fetches
// only what the slot lacks.
#include <gtest/gtest.h>

#include "engine/signing/test_parts.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr std::size_t kSize = 60 * 1024, kUpdateSlot = 0x20000;  // in kSigned
constexpr sim::Cut kCuts[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};

class PartsCut : public testing::Test {
 protected:
  PartsCut() {
    folder.put("/lamp-7.suit", files.head);
    folder.put("/lamp-7.ix", files.index);
    folder.put("/lamp-7.bin", files.transfer);
  }
  // What the server sent of the image; the device is installed, or the power went away.
  std::size_t pull(Rig& rig) {
    folder.sent.clear();
    link::WebPull::Config config = link::WebPullBench::usual();
    config.url = "https://updates.example/lamp-7.suit";
    link::WebPullBench bench(
        rig.device().updater(), [this](const link::Asked& asked) { return folder.answer(asked); },
        config);
    bench.chunk = suit::kChunkBytes;
    bench.pull.start(bench.now);
    bench.once();
    said = word(bench.log.last);
    return folder.sent["/lamp-7.bin"];
  }
  // Chunks of the image that the slot does not hold.
  std::size_t missing(Rig& rig) const {
    const Bytes slot = rig.cells().subspan(kUpdateSlot, kSize);
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < kSize; at += suit::kChunkBytes) {
      const Bytes is = slot.subspan(at, suit::kChunkBytes);
      if (!std::ranges::equal(is, Bytes(next).subspan(at, is.size()))) bytes += is.size();
    }
    return bytes;
  }
  static void confirm(Rig& rig) {
    if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
  }

  Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", kSize);
  PackageFiles files = files_apart(Desk::shared(), next, {.sequence = kSequence});
  link::FolderServer folder;
  std::string said;
};

TEST_F(PartsCut, AfterAnyCutOnlyWhatIsMissingIsFetched) {
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
      (void)pull(rig);
      if (!rig.was_cut() && rig.power_on()) confirm(rig);
      if (!rig.was_cut()) break;
      ++tried;
      ASSERT_TRUE(rig.power_on()) << "nothing boots";
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      if (rig.running() == "1.0.0") {
        const std::size_t lacks = missing(rig);
        ASSERT_LE(pull(rig), lacks + suit::kChunkBytes);
        ASSERT_EQ(said, "ok");
        ASSERT_TRUE(rig.power_on());
      }
      confirm(rig);
      ASSERT_TRUE(rig.power_on());
      ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
      ASSERT_EQ(rig.running(), "2.0.0");
      ASSERT_EQ(sequence(rig), kSequence);
      ASSERT_EQ(pull(rig), 0u) << "what runs is not fetched";
    }
  }
  std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(tried));
  EXPECT_GT(tried, std::size(kCuts) * (kSize / kFlashPage / step - 1));
}

}  // namespace
}  // namespace updraft::powerloss
