#include "host/push/build_cache.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

class BuildCacheTest : public testing::Test {
 protected:
  BuildCacheTest() : folder_(fs::path(testing::TempDir()) / ("builds" + std::to_string(getpid()))) {
    fs::remove_all(folder_);
  }
  ~BuildCacheTest() override { fs::remove_all(folder_); }

  static std::string digest(unsigned number) {
    return std::to_string(5'000'000'000'000'000 + number);
  }
  static std::vector<std::byte> build(unsigned number, std::size_t size = 100) {
    return std::vector<std::byte>(size, static_cast<std::byte>(number));
  }
  std::vector<unsigned> kept() const {
    std::vector<unsigned> numbers;
    for (unsigned number = 0; number < 10; ++number) {
      if (fs::exists(folder_ / (digest(number) + ".bin"))) numbers.push_back(number);
    }
    return numbers;
  }
  fs::path folder_;
};

TEST_F(BuildCacheTest, FindsWhatItKept) {
  const BuildCache cache(folder_);
  EXPECT_FALSE(cache.find(digest(1)));
  cache.keep(digest(1), build(1));
  EXPECT_EQ(cache.find(digest(1)), build(1));
  EXPECT_FALSE(cache.find(digest(2)));
}

TEST_F(BuildCacheTest, IsForItsUserAlone) {
  const BuildCache cache(folder_);
  cache.keep(digest(1), build(1));
  const auto others = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(folder_).permissions() & others, fs::perms::none);
  EXPECT_EQ(fs::status(folder_ / (digest(1) + ".bin")).permissions() & others, fs::perms::none);
}

TEST_F(BuildCacheTest, DeletesWhatWasNotUsedForTheLongestTime) {
  const BuildCache cache(folder_, 10'000, 3);
  for (unsigned number = 0; number < 3; ++number) cache.keep(digest(number), build(number));
  EXPECT_TRUE(cache.find(digest(0)));
  cache.keep(digest(3), build(3));
  EXPECT_EQ(kept(), (std::vector<unsigned>{0, 2, 3}));
}

TEST_F(BuildCacheTest, HasALimitInBytes) {
  const BuildCache cache(folder_, 1'000, 100);
  for (unsigned number = 0; number < 4; ++number) cache.keep(digest(number), build(number, 300));
  EXPECT_EQ(kept(), (std::vector<unsigned>{1, 2, 3}));
  cache.keep(digest(4), build(4, 1'001));
  EXPECT_EQ(kept(), (std::vector<unsigned>{1, 2, 3})) << "it would leave room for nothing else";
}

// A digest comes from a device.
TEST_F(BuildCacheTest, ANameThatIsNoDigestIsNoFile) {
  const BuildCache cache(folder_ / "builds");
  cache.keep(digest(1), build(1));
  std::ofstream(folder_ / "secret.bin") << "x";
  for (const char* const name : {"", "../secret", "5000000000000001.bin", "500000000000000",
                                 "/etc/passwd", "50000000000000010"}) {
    EXPECT_FALSE(cache.find(name)) << name;
    cache.keep(name, build(2));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "builds"), fs::directory_iterator()), 1);
}

TEST_F(BuildCacheTest, WithoutAFolderItKeepsNothing) {
  const BuildCache nowhere(std::nullopt);
  nowhere.keep(digest(1), build(1));
  EXPECT_FALSE(nowhere.find(digest(1)));
  std::ofstream(folder_) << "a file is in its place";
  const BuildCache blocked(folder_);
  blocked.keep(digest(1), build(1));
  EXPECT_FALSE(blocked.find(digest(1)));
}

}  // namespace
}  // namespace updraft::host
