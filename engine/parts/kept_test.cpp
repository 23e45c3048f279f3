// What a product keeps over the replacement of a partition: it comes back with the new content,
// whole, until the product has taken it, whatever power cut came in between; and with no other
// content.
#include <gtest/gtest.h>

#include "engine/format/partition_csv.hpp"
#include "engine/parts/part_updater.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::parts {
namespace {

using Buffer = std::vector<std::byte>;
constexpr std::uint32_t kReplaced = 40 * 1024;

class KeptTest : public testing::Test, private PartEvents {
 protected:
  KeptTest() {
    const auto table = format::parse_partition_csv(
        "otadata, data, ota,       0x9000,   0x2000\n"
        "ota_0,   app,  ota_0,     0x10000,  128K\n"
        "ota_1,   app,  ota_1,     0x30000,  128K\n"
        "web,     data, littlefs,  0x50000,  40K\n"
        "res,     0x40, 1,         0x5A000,  16K\n"
        "updraft, data, undefined, 0x5E000,  0xC000\n");
    std::array<std::byte, format::kPartitionTableBytes> binary;
    EXPECT_TRUE(table && format::write_partition_table(table->entries(), binary));
    std::ranges::copy(binary, cells.begin() + format::kPartitionTableOffset);
    std::ranges::copy(sim::make_image({.version = "1.0.0"}), cells.begin() + 0x10000);
    policy.allow_unsigned(kWs);
    policy.max_block = kFlashSector;  // what stands below a store is not erased along with it
    make_device();
    EXPECT_TRUE(power_on());
    EXPECT_EQ(send("fs:web", old), "ok");
    EXPECT_TRUE(power_on() && engine().confirm());
    first = cells;
    asked = 0;
  }
  void make_device() {
    flash.emplace(cells, clock);
    device.emplace(*flash, efuse, sim::BootBuild::rollback, policy, quiet);
    device->set_up_parts({.events = this, .in_place = {}, .fs_autosize = {}});
  }
  bool power_on() {
    if (!flash->powered()) flash->power_on();
    handed.clear();
    device->power_on();
    if (device->runs()) device->start(StartedBy::reset);
    return device->runs();
  }
  PartUpdater& engine() { return *device->parts(); }
  std::string send(std::string_view name, Bytes content) {
    Result<> done = engine().begin(
        {.scheme = kWs, .size = content.size(), .target = *engine().find_target(name)});
    for (Bytes rest = content; done && !rest.empty();) {
      const Bytes piece = at_most(rest, 3000);
      done = engine().write(piece);
      rest = rest.subspan(piece.size());
    }
    if (done) done = outcome_of(engine().finish());
    return done ? "ok" : std::string(updraft::name(done.error().code));
  }
  Buffer content() {
    Flash& part = *engine().keeper().partition("web");
    Buffer bytes(part.size());
    EXPECT_TRUE(part.read(0, bytes));
    return bytes;
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
  Buffer cells = Buffer(0x70000, std::byte{0xFF});
  Buffer first;
  sim::VirtualClock clock;
  std::optional<sim::NorFlash> flash;
  sim::Efuse efuse = sim::usual_efuse(*format::find_chip("esp32c3"));
  Policy policy;
  struct Quiet final : Observer {
  } quiet;
  std::optional<sim::Device> device;
};

TEST_F(KeptTest, ComesBackOnceTheNewContentIsThereUntilItIsTaken) {
  takes = false;
  ASSERT_EQ(send("fs:web", next), "ok");
  EXPECT_EQ(asked, 0) << "the old content is still there";
  for (int start = 0; start < 2; ++start) {
    ASSERT_TRUE(power_on());
    EXPECT_EQ(content(), next);
    EXPECT_EQ(Bytes(handed).size(), kFlashPage) << "the first piece was not taken";
  }
  takes = true;
  ASSERT_TRUE(power_on());
  EXPECT_EQ(handed, settings);
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(power_on());
  EXPECT_TRUE(handed.empty()) << "it was taken";
}

TEST_F(KeptTest, IsAtMost16KiB) {
  settings.resize(20 * 1024, std::byte{0x77});
  gives = SIZE_MAX;
  ASSERT_EQ(send("fs:web", next), "ok");
  ASSERT_TRUE(power_on());
  EXPECT_EQ(handed.size(), kKeptBytes);
}

TEST_F(KeptTest, MayBeNothing) {
  settings.clear();
  ASSERT_EQ(send("fs:web", next), "ok");
  ASSERT_TRUE(power_on());
  EXPECT_EQ(asked, 0);
}

// The same content at the same place, with nothing kept this time.
TEST_F(KeptTest, OfAnEarlierTimeIsNotHandedBack) {
  takes = false;
  ASSERT_EQ(send("fs:web", next), "ok");
  ASSERT_TRUE(power_on() && engine().confirm());
  settings.clear();
  ASSERT_EQ(send("fs:web", next), "ok");
  takes = true;
  asked = 0;
  ASSERT_TRUE(power_on());
  EXPECT_EQ(content(), next);
  EXPECT_EQ(asked, 0);
}

TEST_F(KeptTest, StaysAwayFromTheOldContentThatComesBack) {
  ASSERT_EQ(send("fs:web", next), "ok");
  takes = false;
  ASSERT_TRUE(power_on());
  ASSERT_TRUE(engine().roll_back(RolledBack::went_back));
  asked = 0;
  ASSERT_TRUE(power_on());
  EXPECT_EQ(content(), old) << "with the settings that were in it";
  EXPECT_EQ(asked, 0);
}

TEST_F(KeptTest, NoCutMakesSomethingElseOfIt) {
  const std::uint64_t step = sweep_step(5);
  int cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      std::ranges::copy(first, cells.begin());
      make_device();
      takes = true;
      ASSERT_TRUE(power_on());
      flash->cut_power_at(at, how);
      (void)send("fs:web", next);
      if (flash->powered()) (void)power_on();
      if (flash->powered()) break;
      ++cuts;
      const bool taken = handed.size() == settings.size();
      ASSERT_TRUE(power_on());
      ASSERT_TRUE(engine().keeper().ready("web"));
      const bool there = content() == next;
      ASSERT_TRUE(there || content() == old);
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
