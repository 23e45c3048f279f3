#include "engine/parts/sparse_store.hpp"

#include <gtest/gtest.h>

#include "sim/nor_flash.hpp"
#include "tests/fakes/file_system_image.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kRoom = 192 * 1024;

class SparseStore : public testing::Test {
 protected:
  std::vector<std::byte> cells = std::vector<std::byte>(kRoom, std::byte{0});
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock};
  StoreWriter writer;

  Result<> store(Bytes image, std::uint32_t floor = 0, std::uint32_t top = kRoom) {
    writer.begin(flash, floor, top, kFlashBlock);
    for (std::uint32_t at = 0; at < image.size(); at += 512) {
      UPDRAFT_TRY(writer.write(at, image.subspan(at, 512)));
    }
    return writer.finish({Text<16>("web"), static_cast<std::uint32_t>(image.size()), {}});
  }
  std::vector<std::byte> read_back(std::uint32_t bytes) {
    StoreReader reader;
    EXPECT_TRUE(reader.open(flash, writer.head()));
    std::vector<std::byte> out(bytes);
    for (std::uint32_t at = 0; at < bytes; at += 256) {
      EXPECT_TRUE(reader.read(at, MutableBytes(out).subspan(at, 256)));
    }
    return out;
  }
};

TEST_F(SparseStore, HoldsWhatIsNotFF) {
  const auto image = make_littlefs(80 * 1024, 2);
  ASSERT_TRUE(store(image));
  EXPECT_EQ(read_back(80 * 1024), image);
  EXPECT_LT(kRoom - writer.low(), image.size()) << "what is FF takes no room";
}

TEST_F(SparseStore, LeavesWhatIsBelowItsFloor) {
  const auto image = make_littlefs(80 * 1024, 2);
  const std::uint32_t needed = kRoom - [&] {
    EXPECT_TRUE(store(image));
    return writer.low();
  }();
  std::ranges::fill(cells, std::byte{0});
  ASSERT_TRUE(store(image, kRoom - needed));
  EXPECT_TRUE(std::all_of(cells.begin(), cells.begin() + (kRoom - needed),
                          [](std::byte b) { return b == std::byte{0}; }));
  const Result<> full = store(image, kRoom - needed + kFlashSector);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::no_room);
  EXPECT_GT(full.error().found, full.error().expected);
}

TEST_F(SparseStore, IsNoneBeforeItsHead) {
  const auto image = make_littlefs(80 * 1024, 2);
  ASSERT_TRUE(store(image));
  writer.begin(flash, 0, kRoom, kFlashBlock);
  ASSERT_TRUE(writer.write(0, Bytes(image).first(512)));
  StoreReader reader;
  EXPECT_FALSE(reader.open(flash, writer.head()));
}

// Every bit of the head that flips makes it none.
TEST_F(SparseStore, ADamagedHeadIsNone) {
  ASSERT_TRUE(store(make_littlefs(80 * 1024, 2)));
  for (std::uint32_t bit = 0; bit < kStoreHeadBytes * 8; ++bit) {
    std::byte& cell = cells[writer.head() + bit / 8];
    const auto flipped = static_cast<std::byte>(1u << bit % 8);
    cell ^= flipped;
    StoreReader reader;
    EXPECT_FALSE(reader.open(flash, writer.head())) << "bit " << bit;
    cell ^= flipped;
  }
  StoreReader reader;
  EXPECT_TRUE(reader.open(flash, writer.head()));
  EXPECT_FALSE(reader.open(flash, kRoom));
  EXPECT_FALSE(reader.open(flash, writer.head() + 1));
}

TEST_F(SparseStore, TellsWhatIsFFFromWhatIsNotSaid) {
  writer.begin(flash, 0, kRoom, kFlashSector);
  ASSERT_TRUE(writer.mark_blank(3));
  ASSERT_TRUE(writer.mark_blank(700));
  ASSERT_TRUE(writer.finish({Text<16>("web"), 8 * kFlashSector, {}}));
  EXPECT_EQ(writer.low(), kRoom - kFlashSector) << "the head has room for that";
  StoreReader reader;
  ASSERT_TRUE(reader.open(flash, writer.head()));
  for (const std::uint32_t sector : {0u, 2u, 3u, 4u, 699u, 700u, 4095u, 4096u}) {
    EXPECT_FALSE(*reader.has(sector));
    EXPECT_EQ(*reader.says(sector), sector == 3 || sector == 700) << sector;
  }
  cells[writer.head() + 1024] ^= std::byte{1};
  EXPECT_FALSE(reader.open(flash, writer.head()));
}

}  // namespace
}  // namespace updraft::parts
