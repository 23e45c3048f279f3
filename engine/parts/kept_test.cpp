// What a product keeps over the replacement of a partition: it comes back with the new content,
// whole, until the product has taken it, whatever power cut came in between; and with no other
// content.
#include "engine/parts/test_part_device.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kReplaced = 40 * 1024;

class KeptTest : public PartDevice {
 protected:
  KeptTest() : PartDevice(kThreeParts, kThreePartsFlash) {
    policy.max_block = kFlashSector;  // what stands below a store is not erased along with it
    EXPECT_TRUE(starts());
    EXPECT_EQ(sent("fs:web", old), "ok");
    EXPECT_TRUE(starts() && engine().confirm());
    before = cells;
    asked = 0;
  }
  bool starts() {
    handed.clear();
    return PartDevice::starts();
  }

  std::size_t on_replacing(std::string_view label, std::uint32_t offset,
                           MutableBytes room) override {
    if (label != "web" || offset >= settings.size()) return 0;
    const Bytes part = at_most(Bytes(settings).subspan(offset), std::min(room.size(), gives));
    std::ranges::copy(part, room.begin());
    return part.size();
  }
  bool on_replaced(std::string_view label, std::uint32_t offset, Bytes kept) override {
    EXPECT_EQ(label, "web");
    EXPECT_EQ(offset, handed.size());
    handed.insert(handed.end(), kept.begin(), kept.end());
    ++asked;
    return takes;
  }

  const Buffer old = make_littlefs(kReplaced, 1), next = make_littlefs(kReplaced, 2);
  Buffer settings = Buffer(9001, std::byte{0x5A});
  std::size_t gives = 300;
  bool takes = true;
  Buffer handed;
  int asked = 0;
  Buffer before;  // flash, with the old content confirmed
};

TEST_F(KeptTest, ComesBackOnceTheNewContentIsThereUntilItIsTaken) {
  takes = false;
  ASSERT_EQ(sent("fs:web", next), "ok");
  EXPECT_EQ(asked, 0) << "the old content is still there";
  for (int start = 0; start < 2; ++start) {
    ASSERT_TRUE(starts());
    EXPECT_EQ(content("web"), next);
    EXPECT_EQ(Bytes(handed).size(), kFlashPage) << "the first piece was not taken";
  }
  takes = true;
  ASSERT_TRUE(starts());
  EXPECT_EQ(handed, settings);
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(starts());
  EXPECT_TRUE(handed.empty()) << "it was taken";
}

TEST_F(KeptTest, IsAtMost16KiB) {
  settings.resize(20 * 1024, std::byte{0x77});
  gives = SIZE_MAX;
  ASSERT_EQ(sent("fs:web", next), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(handed.size(), kKeptBytes);
}

TEST_F(KeptTest, MayBeNothing) {
  settings.clear();
  ASSERT_EQ(sent("fs:web", next), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(asked, 0);
}

// The same content at the same place, with nothing kept this time.
TEST_F(KeptTest, OfAnEarlierTimeIsNotHandedBack) {
  takes = false;
  ASSERT_EQ(sent("fs:web", next), "ok");
  ASSERT_TRUE(starts() && engine().confirm());
  settings.clear();
  ASSERT_EQ(sent("fs:web", next), "ok");
  takes = true;
  asked = 0;
  ASSERT_TRUE(starts());
  EXPECT_EQ(content("web"), next);
  EXPECT_EQ(asked, 0);
}

TEST_F(KeptTest, StaysAwayFromTheOldContentThatComesBack) {
  ASSERT_EQ(sent("fs:web", next), "ok");
  takes = false;
  ASSERT_TRUE(starts());
  ASSERT_TRUE(engine().roll_back(RolledBack::went_back));
  asked = 0;
  ASSERT_TRUE(starts());
  EXPECT_EQ(content("web"), old) << "with the settings that were in it";
  EXPECT_EQ(asked, 0);
}

TEST_F(KeptTest, NoCutMakesSomethingElseOfIt) {
  const std::uint64_t step = sweep_step(5);
  int cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      put(0, before);
      make_device();
      takes = true;
      ASSERT_TRUE(starts());
      flash->cut_power_at(at, how);
      (void)sent("fs:web", next);
      if (flash->powered()) (void)starts();
      if (flash->powered()) break;
      ++cuts;
      const bool taken = handed.size() == settings.size();
      ASSERT_TRUE(starts());
      ASSERT_TRUE(keeper().ready("web"));
      const bool there = content("web") == next;
      ASSERT_TRUE(there || content("web") == old);
      // A cut right behind the last piece may have it come once more, and never less than all.
      if (there && !taken) {
        ASSERT_EQ(handed, settings);
      }
      ASSERT_TRUE(handed.empty() || (there && handed == settings));
    }
  }
  EXPECT_GT(cuts, 4 * static_cast<int>(60 / step));
}

}  // namespace
}  // namespace updraft::parts
