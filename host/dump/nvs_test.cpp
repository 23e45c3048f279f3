#include "host/dump/nvs.hpp"

#include <gmock/gmock.h>

#include "tests/fakes/nvs_image.hpp"

namespace updraft::dump {
namespace {

using testing::ElementsAre;

std::string said(const NvsEntry& entry) {
  std::string text = entry.space + "/" + entry.key + " " + std::string(entry.type) + " ";
  text += entry.number.empty() ? std::string(as_text(entry.data)) : entry.number;
  return entry.whole ? text : text + " damaged";
}

std::vector<std::string> said(const Nvs& nvs) {
  std::vector<std::string> lines;
  for (const NvsEntry& entry : nvs.entries) lines.push_back(said(entry));
  return lines;
}

TEST(Nvs, ListsEveryTypeByNamespaceAndKey) {
  fakes::NvsImage image;
  const std::uint8_t wifi = image.space("wifi"), app = image.space("app");
  image.text(wifi, "ssid", "attic");
  image.number(app, 0x01, "u8", 200);
  image.number(app, 0x11, "i8", 0xFE);
  image.number(app, 0x12, "i16", 0xFF38);
  image.number(app, 0x04, "u32", 4000000000);
  image.number(app, 0x14, "i32", 0xFFFFFFFF);
  image.number(app, 0x08, "u64", 0xFFFFFFFFFFFFFFFF);
  image.number(app, 0x18, "i64", 0x8000000000000000);
  image.blob(app, "blob", as_bytes("0123456789"), 4);
  const Nvs nvs = read_nvs(image.bytes());
  EXPECT_THAT(
      said(nvs),
      ElementsAre("app/blob blob 0123456789", "app/i16 i16 -200", "app/i32 i32 -1",
                  "app/i64 i64 -9223372036854775808", "app/i8 i8 -2", "app/u32 u32 4000000000",
                  "app/u64 u64 18446744073709551615", "app/u8 u8 200", "wifi/ssid string attic"));
  EXPECT_EQ(nvs.bad_crc, 0u);
  EXPECT_FALSE(nvs.encrypted);
  ASSERT_EQ(nvs.pages.size(), 3u);
  EXPECT_EQ(nvs.pages[0].state, "active");
}

TEST(Nvs, LeavesOutWhatWasErasedAndCountsIt) {
  fakes::NvsImage image;
  const std::uint8_t app = image.space("app");
  image.number(app, 0x01, "old", 1);
  image.erase_last();
  image.number(app, 0x01, "new", 2);
  const Nvs nvs = read_nvs(image.bytes());
  EXPECT_THAT(said(nvs), ElementsAre("app/new u8 2"));
  EXPECT_EQ(nvs.pages[0].erased, 1u);
  EXPECT_EQ(nvs.pages[0].written, 2u);
}

TEST(Nvs, CountsEntriesWhoseCrcIsWrong) {
  fakes::NvsImage image;
  const std::uint8_t app = image.space("app");
  image.number(app, 0x01, "bad", 1);
  image.bytes()[image.last_at() + 24] ^= std::byte{1};
  image.text(app, "torn", "a text that was torn");
  image.bytes()[image.last_at() + 33] ^= std::byte{1};
  image.number(app, 0x01, "good", 3);
  const Nvs nvs = read_nvs(image.bytes());
  EXPECT_THAT(said(nvs),
              ElementsAre("app/good u8 3", "app/torn string a!text that was torn damaged"));
  EXPECT_EQ(nvs.bad_crc, 2u);
}

TEST(Nvs, SaysWhatIsEncrypted) {
  fakes::NvsImage image;
  const std::uint8_t app = image.space("app");
  for (int i = 0; i < 20; ++i) image.number(app, 0x01, "k" + std::to_string(i), 1);
  for (std::size_t at = 64; at < 64 + 21 * 32; ++at)
    image.bytes()[at] ^= static_cast<std::byte>(at * 7 + 3);
  const Nvs nvs = read_nvs(image.bytes());
  EXPECT_TRUE(nvs.encrypted);
  EXPECT_TRUE(nvs.entries.empty());
}

TEST(Nvs, FollowsABlobOverPagesAndMissesNoChunk) {
  fakes::NvsImage image(4);
  const std::uint8_t app = image.space("app");
  std::vector<std::byte> big(6000);
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<std::byte>(i * 31);
  image.blob(app, "big", big);
  const Nvs nvs = read_nvs(image.bytes());
  ASSERT_EQ(nvs.entries.size(), 1u);
  EXPECT_EQ(nvs.entries[0].data, big);
  EXPECT_TRUE(nvs.entries[0].whole);
  EXPECT_EQ(nvs.pages[0].state, "full");
}

TEST(Nvs, AnUnknownNamespaceIsANumber) {
  fakes::NvsImage image;
  image.number(9, 0x01, "lost", 1);
  EXPECT_THAT(said(read_nvs(image.bytes())), ElementsAre("#9/lost u8 1"));
}

TEST(Nvs, ADamagedPageIsPassedOver) {
  fakes::NvsImage image;
  image.space("app");
  image.bytes()[5] ^= std::byte{1};
  const Nvs nvs = read_nvs(image.bytes());
  EXPECT_EQ(nvs.pages.front().state, "damaged");
  EXPECT_TRUE(nvs.entries.empty());
  EXPECT_FALSE(is_nvs(image.bytes()));
}

TEST(Nvs, IndexesThatShareChunksDoNotGrowTheReport) {
  fakes::NvsImage image(20);
  const std::uint8_t app = image.space("app");
  const std::vector<std::byte> chunk(3900);
  image.blob(app, "b", chunk, 3900);
  for (int i = 0; i < 1000; ++i) image.blob_index(app, "b", 3900, 1);
  std::size_t bytes = 0;
  for (const NvsEntry& entry : read_nvs(image.bytes()).entries) bytes += entry.data.size();
  EXPECT_LE(bytes, image.bytes().size());
}

TEST(Nvs, IsFoundByItsFirstPage) {
  fakes::NvsImage image;
  EXPECT_TRUE(is_nvs(image.bytes()));
  EXPECT_FALSE(is_nvs(Bytes(image.bytes()).first(4095)));
  EXPECT_FALSE(is_nvs(std::vector<std::byte>(4096, std::byte{0xFF})));
}

}  // namespace
}  // namespace updraft::dump
