// A card on a chip: a folder of this system in place of a mounted FAT.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/esp_idf/sd_folder.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

class SdCardDoor : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/updraft-sd-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    card = name;
    bench.chip.real_time = false;
    bench.config.sd_folder = card.c_str();
    bench.config.allow_unsigned_sd = true;
  }
  void TearDown() override { fs::remove_all(card); }

  void put(const std::string& name, const Image& image) {
    std::ofstream file(fs::path(card) / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
  }
  bool is_there(const std::string& name) const { return fs::exists(fs::path(card) / name); }
  // False: the chip restarts.
  bool turns(Millis time) {
    const Instant until = now() + time;
    while (now() < until) {
      if (!bench.service->turn(Millis{0})) return false;
      bench.chip.microseconds += 10'000;
    }
    return true;
  }

  std::string card;
  ServiceBench bench;
};

TEST_F(SdCardDoor, TakesAFileOnceAndRestarts) {
  put("APP.BIN", make_image("2.0.0", 150 * 1024));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_FALSE(turns(Millis{30'000}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
  EXPECT_TRUE(is_there("APP.BIN.taken"));
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(SdCardDoor, WaitsWhileAnImageIsOnTrial) {
  put("app.bin", make_image("2.0.0"));
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_FALSE(turns(Millis{30'000}));
  ASSERT_TRUE(bench.power_on());
  bench.ends.clear();
  ASSERT_EQ(bench.start(), ESP_OK);
  put("app2.bin", make_image("3.0.0"));
  EXPECT_TRUE(turns(Millis{5'000}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{});
  EXPECT_TRUE(is_there("app2.bin"));
  bench.service->trial().ask_to_confirm();
  EXPECT_FALSE(turns(Millis{30'000}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
}

TEST_F(SdCardDoor, UnsignedIsLetInOnlyByNameAndSaidOnce) {
  bench.config.allow_unsigned_sd = false;
  put("app.bin", make_image("2.0.0"));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(turns(Millis{10'000}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{"unsigned"});
  EXPECT_TRUE(is_there("app.bin"));
}

TEST_F(SdCardDoor, Encrypted) {
  constexpr const char* kKey = "12345678901234567890123456789012";
  constexpr const char* kIv = "0123456789012345";
  bench.config.raw_aes = UPDRAFT_AES_256_CBC;
  bench.config.raw_key = kKey;
  bench.config.raw_iv = kIv;
  const auto cipher = link::link_cipher(crypto::AesMode::cbc, kKey, kIv);
  Image image = make_image("2.0.0");
  crypto::Aes256 aes(cipher->mode, crypto::AesDirection::encrypt, cipher->key, cipher->iv);
  aes.process(image, image);
  put("cbc.bin", image);
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_FALSE(turns(Millis{30'000}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
}

TEST_F(SdCardDoor, ACardThatIsNotThereIsNoError) {
  fs::remove_all(card);
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(turns(Millis{5'000}));
  fs::create_directory(card);
  put("app.bin", make_image("2.0.0"));
  EXPECT_FALSE(turns(Millis{30'000}));
}

TEST_F(SdCardDoor, APathThatIsTooLongIsSaid) {
  const std::string folder(kMaxSdFolder + 1, 'a');
  bench.config.sd_folder = folder.c_str();
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("sd_folder")));
}

// FAT renames to a new name only; here it must replace as well.
TEST_F(SdCardDoor, RenamesOverWhatIsThere) {
  put("a.bin", make_image("2.0.0"));
  put("a.bin.taken", Image(10));
  SdFolder folder(card);
  ASSERT_TRUE(folder.list());
  EXPECT_TRUE(folder.rename("a.bin", "a.bin.taken"));
  EXPECT_FALSE(is_there("a.bin"));
  EXPECT_GT(fs::file_size(fs::path(card) / "a.bin.taken"), 10u);
  EXPECT_FALSE(folder.rename("none.bin", "a.bin.taken"));
  EXPECT_TRUE(is_there("a.bin.taken"));
}

}  // namespace
}  // namespace updraft::esp_idf
