// Patches for the content of a data partition, made for what it holds now: staged, of a pair, and
// where there is no place for one.
#include <gtest/gtest.h>

#include "engine/format/partition_csv.hpp"
#include "engine/parts/part_updater.hpp"
#include "host/delta/diff.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "sim/encrypted_flash.hpp"
#include "tests/fakes/file_system_image.hpp"

namespace updraft::parts {
namespace {

using Buffer = std::vector<std::byte>;
constexpr std::uint32_t kPatched = 40 * 1024;
constexpr const char* kPatchTable =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  64K\n"
    "ota_1,   app,  ota_1,     0x20000,  64K\n"
    "web,     data, littlefs,  0x30000,  40K\n"
    "updraft, data, undefined, 0x3A000,  0xC000\n"
    "ui_0,    data, littlefs,  0x46000,  40K\n"
    "ui_1,    data, littlefs,  0x50000,  40K\n"
    "maps,    data, littlefs,  0x5A000,  40K\n";

class DataPatch : public testing::TestWithParam<bool> {
 protected:
  DataPatch() {
    const auto table = format::parse_partition_csv(kPatchTable);
    format::PartitionTable entries;
    for (const format::Partition& entry : table->entries()) (void)entries.add(entry);
    std::array<std::byte, format::kPartitionTableBytes> binary;
    EXPECT_TRUE(format::write_partition_table(entries.entries(), binary));
    std::ranges::copy(binary, cells.begin() + format::kPartitionTableOffset);
    std::ranges::copy(sim::make_image({.version = "1.0.0"}), cells.begin() + 0x10000);
    if (GetParam()) {
      cipher.emplace(flash, entries);
      const MutableBytes all(cells);
      cipher->encrypt(0x8000, all.subspan(0x8000, 0x1000));
      for (const format::Partition& entry : entries.entries()) {
        cipher->encrypt(entry.offset, all.subspan(entry.offset, entry.size));
      }
    }
    Flash& seen = cipher ? static_cast<Flash&>(*cipher) : flash;
    device.emplace(seen, efuse, sim::BootBuild::rollback, policy, quiet);
    policy.allow_unsigned(kWs);
    restart();
    for (const char* const name : {"fs:web", "fs:ui", "fs:maps"}) {
      EXPECT_EQ(send(name, old), "ok");
      restart();
      (void)engine().confirm();  // what was received in place is on no trial
    }
  }
  void restart() {
    device->set_up_parts({.events = nullptr, .in_place = {"maps"}, .fs_autosize = {}});
    device->power_on();
    ASSERT_TRUE(device->runs());
    device->start(StartedBy::reset);
    flash.reset_stats();
  }
  PartUpdater& engine() { return *device->parts(); }
  std::string send(std::string_view name, Bytes content) {
    Result<> done = engine().begin(
        {.scheme = kWs, .size = content.size(), .target = *engine().find_target(name)});
    for (Bytes rest = content; done && !rest.empty();) {
      const Bytes piece = at_most(rest, 777);
      done = engine().write(piece);
      rest = rest.subspan(piece.size());
    }
    if (done) done = outcome_of(engine().finish());
    last = done;
    return done ? "ok" : std::string(updraft::name(done.error().code));
  }
  Buffer content(std::string_view label) {
    Flash& part = *engine().keeper().partition(label);
    Buffer bytes(part.size());
    EXPECT_TRUE(part.read(0, bytes));
    return bytes;
  }

  const Buffer old = make_littlefs(kPatched, 1), next = make_littlefs(kPatched, 2);
  Buffer cells = Buffer(0x70000, std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock};
  std::optional<sim::EncryptedFlash> cipher;
  sim::Efuse efuse = sim::usual_efuse(*format::find_chip("esp32c3"));
  Policy policy;
  struct Quiet final : Observer {
  } quiet;
  std::optional<sim::Device> device;
  Result<> last;
};

TEST_P(DataPatch, MakesTheNextContentOfWhatIsThere) {
  const Buffer patch = diff::make_patch(old, next).bytes;
  ASSERT_LT(patch.size(), next.size() / 2);
  ASSERT_EQ(send("fs:web", patch), "ok");
  EXPECT_EQ(content("web"), old) << "not before the restart";
  restart();
  EXPECT_TRUE(engine().keeper().ready("web"));
  EXPECT_EQ(content("web"), next);
  ASSERT_TRUE(engine().roll_back(RolledBack::went_back));
  restart();
  EXPECT_EQ(content("web"), old) << "and back, as after any other update";
}

TEST_P(DataPatch, OfAPairGoesToTheOtherCopy) {
  ASSERT_EQ(send("fs:ui", diff::make_patch(old, next).bytes), "ok");
  restart();
  EXPECT_EQ(content("ui"), next);
}

TEST_P(DataPatch, ForOtherContentIsRefusedBeforeAnythingIsErased) {
  const Buffer patch = diff::make_patch(make_littlefs(kPatched, 3), next).bytes;
  for (const char* const target : {"fs:web", "fs:ui"}) {
    flash.reset_stats();
    EXPECT_EQ(send(target, patch), "wrong_base");
    EXPECT_EQ(flash.stats().erase_sector.count + flash.stats().erase_block.count, 0u);
  }
  EXPECT_EQ(content("web"), old);
}

TEST_P(DataPatch, IsNotWrittenOverWhatItIsMadeFrom) {
  flash.reset_stats();
  EXPECT_EQ(send("fs:maps", diff::make_patch(old, next).bytes), "alg_unsupported");
  EXPECT_EQ(flash.stats().erase_sector.count + flash.stats().erase_block.count, 0u);
  EXPECT_EQ(content("maps"), old);
}

TEST_P(DataPatch, MayMakeNothingThatThePartitionCannotHold) {
  EXPECT_EQ(send("fs:web", diff::make_patch(old, make_littlefs(kPatched / 2, 2)).bytes),
            "wrong_format");
  EXPECT_EQ(send("fs:web", diff::make_patch(old, make_littlefs(2 * kPatched, 2)).bytes), "too_big");
  Buffer damaged = diff::make_patch(old, next).bytes;
  damaged[damaged.size() - 9] ^= std::byte{0x10};
  EXPECT_NE(send("fs:web", damaged), "ok");
  EXPECT_EQ(send("fs:web", Bytes(damaged).first(damaged.size() / 2)), "size_mismatch");
  restart();
  EXPECT_EQ(content("web"), old);
  EXPECT_EQ(send("fs:web", diff::make_patch(old, next).bytes), "ok") << "and then the whole one";
}

INSTANTIATE_TEST_SUITE_P(Flashes, DataPatch, testing::Bool(), [](const auto& row) {
  return std::string(row.param ? "encrypted" : "plain");
});

}  // namespace
}  // namespace updraft::parts
