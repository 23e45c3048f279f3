// Patches for the content of a data partition, made for what it holds now: staged, of a pair, and
// where there is no place for one.
#include "engine/parts/test_part_device.hpp"
#include "host/delta/diff.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kPatched = 40 * 1024;

class DataPatch : public PartDevice, public testing::WithParamInterface<bool> {
 protected:
  DataPatch()
      : PartDevice(
            "otadata, data, ota,       0x9000,   0x2000\n"
            "ota_0,   app,  ota_0,     0x10000,  64K\n"
            "ota_1,   app,  ota_1,     0x20000,  64K\n"
            "web,     data, littlefs,  0x30000,  40K\n"
            "updraft, data, undefined, 0x3A000,  0xC000\n"
            "ui_0,    data, littlefs,  0x46000,  40K\n"
            "ui_1,    data, littlefs,  0x50000,  40K\n"
            "maps,    data, littlefs,  0x5A000,  40K\n",
            0x70000) {
    in_place = {"maps"};
    if (GetParam()) encrypt();
    power_on();
    for (const char* const name : {"fs:web", "fs:ui", "fs:maps"}) {
      EXPECT_EQ(sent(name, old), "ok");
      power_on();
      (void)engine().confirm();  // what was received in place is on no trial
    }
  }
  std::string sent(std::string_view name, Bytes content) {
    return PartDevice::sent(name, content, 777);
  }

  const Buffer old = make_littlefs(kPatched, 1), next = make_littlefs(kPatched, 2);
};

TEST_P(DataPatch, MakesTheNextContentOfWhatIsThere) {
  const Buffer patch = diff::make_patch(old, next).bytes;
  ASSERT_LT(patch.size(), next.size() / 2);
  ASSERT_EQ(sent("fs:web", patch), "ok");
  EXPECT_EQ(content("web"), old) << "not before the restart";
  power_on();
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_EQ(content("web"), next);
  ASSERT_TRUE(engine().roll_back(RolledBack::went_back));
  power_on();
  EXPECT_EQ(content("web"), old) << "and back, as after any other update";
}

TEST_P(DataPatch, OfAPairGoesToTheOtherCopy) {
  ASSERT_EQ(sent("fs:ui", diff::make_patch(old, next).bytes), "ok");
  power_on();
  EXPECT_EQ(content("ui"), next);
}

TEST_P(DataPatch, ForOtherContentIsRefusedBeforeAnythingIsErased) {
  const Buffer patch = diff::make_patch(make_littlefs(kPatched, 3), next).bytes;
  for (const char* const target : {"fs:web", "fs:ui"}) {
    flash->reset_stats();
    EXPECT_EQ(sent(target, patch), "wrong_base");
    EXPECT_EQ(erases(), 0u);
  }
  EXPECT_EQ(content("web"), old);
}

TEST_P(DataPatch, IsNotWrittenOverWhatItIsMadeFrom) {
  flash->reset_stats();
  EXPECT_EQ(sent("fs:maps", diff::make_patch(old, next).bytes), "alg_unsupported");
  EXPECT_EQ(erases(), 0u);
  EXPECT_EQ(content("maps"), old);
}

TEST_P(DataPatch, MayMakeNothingThatThePartitionCannotHold) {
  EXPECT_EQ(sent("fs:web", diff::make_patch(old, make_littlefs(kPatched / 2, 2)).bytes),
            "wrong_format");
  EXPECT_EQ(sent("fs:web", diff::make_patch(old, make_littlefs(2 * kPatched, 2)).bytes), "too_big");
  Buffer damaged = diff::make_patch(old, next).bytes;
  damaged[damaged.size() - 9] ^= std::byte{0x10};
  EXPECT_NE(sent("fs:web", damaged), "ok");
  EXPECT_EQ(sent("fs:web", Bytes(damaged).first(damaged.size() / 2)), "size_mismatch");
  power_on();
  EXPECT_EQ(content("web"), old);
  EXPECT_EQ(sent("fs:web", diff::make_patch(old, next).bytes), "ok") << "and then the whole one";
}

INSTANTIATE_TEST_SUITE_P(Flashes, DataPatch, testing::Bool(), [](const auto& row) {
  return std::string(row.param ? "encrypted" : "plain");
});

}  // namespace
}  // namespace updraft::parts
