#include "protocols/sd/sd_names.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

TEST(SdNames, OfUpdates) {
  for (const char* const name : {"ota.bin", "OTA.BIN", "app.suit", "app.enc", "v1.2 final.bin",
                                 "a.bin.bin", "\xc3\xa4.bin"}) {
    EXPECT_TRUE(is_sd_update(name)) << name;
  }
  for (const std::string& name : std::initializer_list<std::string>{
           "", ".", "..", ".bin", ".app.bin", "app.bin.taken", "app.bin.sha256", "app.txt", "bin",
           "a/b.bin", "a\\b.bin", "a\n.bin", std::string("a\0.bin", 6),
           std::string(61, 'a') + ".bin"}) {
    EXPECT_FALSE(is_sd_update(name)) << name;
  }
  EXPECT_TRUE(is_sd_update(std::string(60, 'a') + ".bin"));
}

TEST(SdNames, WithEveryEndingTheyFit) {
  const std::string longest = std::string(60, 'a') + ".bin";
  EXPECT_EQ(SdName(longest, kSdTakenEnding, kSdDigestEnding).view(), longest + ".taken.sha256");
  EXPECT_TRUE(SdName().empty());
}

TEST(SdNames, DigestsAreThoseOfSha256sum) {
  const std::string digits(64, 'a');
  for (const std::string& good : {digits, digits + "\n", digits + "  app.bin\n", digits + "\r\n",
                                  std::string(64, 'A') + " *app.bin"}) {
    const auto digest =
        parse_sd_digest(as_bytes(good).first(std::min<std::size_t>(good.size(), 65)));
    ASSERT_TRUE(digest) << good;
    EXPECT_EQ(digest->front(), std::byte{0xaa});
  }
  for (const std::string& bad : {std::string(), std::string("\n"), digits.substr(1), digits + "a",
                                 "x" + digits.substr(1), " " + digits}) {
    EXPECT_FALSE(parse_sd_digest(as_bytes(bad).first(std::min<std::size_t>(bad.size(), 65))))
        << bad;
  }
}

}  // namespace
}  // namespace updraft::link
