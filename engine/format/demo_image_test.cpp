#include "sim/demo_image.hpp"

#include <gtest/gtest.h>

#include "engine/format/image_verifier.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::sim {
namespace {

Result<format::ImageInfo> verify(Bytes image, const format::ImageExpectation& expectation = {}) {
  format::ImageVerifier verifier(expectation);
  UPDRAFT_TRY(verifier.push(image));
  UPDRAFT_TRY(verifier.finish());
  return verifier.info();
}

TEST(DemoImage, DefaultsAreTheWorkedExample) {
  EXPECT_EQ(golden::to_hex(make_image({})), golden::to_hex(golden::bytes("minimal_image_esp32c3")));
}

TEST(DemoImage, EveryChipAndSizeIsAValidImageOfThatSize) {
  for (const char* chip : {"esp32", "esp32s2", "esp32c3", "esp32s3", "esp32c2", "esp32c6",
                           "esp32h2", "esp32p4", "esp32c61", "esp32c5"}) {
    for (const std::size_t size :
         {368u, 1000u, 4095u, 4096u, 65536u, 196607u, 196608u, 262144u, 1048576u, 3145728u}) {
      for (const bool hash : {false, true}) {
        SCOPED_TRACE(std::string(chip) + " " + std::to_string(size));
        const auto image = make_image(
            {.chip = format::find_chip(chip), .size = size, .app = "healthy", .append_hash = hash});
        const auto info = verify(image);
        ASSERT_TRUE(info) << name(info.error().code) << " " << info.error().found;
        EXPECT_EQ(image.size(), size / 16 * 16);
        EXPECT_EQ(info->length, image.size());
        EXPECT_EQ(demo_app(image), "healthy");
      }
    }
  }
}

TEST(DemoImage, LargeImagesHaveLoadedAndMappedCode) {
  const auto image = make_image({.size = 1024 * 1024});
  EXPECT_EQ(load_u8(image, 1), 4);
}

TEST(DemoImage, ASizeThatCannotBeReachedGivesTheSmallestOrTheLargest) {
  EXPECT_EQ(make_image({.size = 1}).size(), 336u);
  EXPECT_EQ(make_image({.size = 1, .app = "crash"}).size(), 368u);
  const auto largest = make_image({.size = kMaxDemoBytes * 2});
  EXPECT_EQ(largest.size(), kMaxDemoBytes);
  EXPECT_TRUE(verify(largest));
}

TEST(DemoImage, SameSeedSameBytesOtherSeedOtherBytes) {
  const auto image = make_image({.size = 8192, .seed = 7});
  EXPECT_EQ(image, make_image({.size = 8192, .seed = 7}));
  EXPECT_NE(image, make_image({.size = 8192, .seed = 8}));
}

TEST(DemoImage, CarriesTheFieldsOfTheDescriptor) {
  const auto info = verify(make_image({.version = "9.8.7",
                                       .project = std::string(40, 'p'),
                                       .time = "01:02:03",
                                       .date = "Feb  3 2026",
                                       .idf_ver = "v6.0",
                                       .secure_version = 5,
                                       .min_chip_rev_full = 101,
                                       .max_chip_rev_full = 102}));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->app.version.view(), "9.8.7");
  EXPECT_EQ(info->app.project_name.view(), std::string(31, 'p'));
  EXPECT_EQ(info->app.time.view(), "01:02:03");
  EXPECT_EQ(info->app.date.view(), "Feb  3 2026");
  EXPECT_EQ(info->app.idf_ver.view(), "v6.0");
  EXPECT_EQ(info->app.secure_version, 5u);
  EXPECT_EQ(info->header.chip_revisions.min, 101);
  EXPECT_EQ(info->header.chip_revisions.max, 102);
}

TEST(DemoApp, ReadsEachBehaviourFromTheHead) {
  for (const char* app : {"healthy", "crash", "never-confirm"}) {
    const auto image = make_image({.size = 65536, .app = app});
    EXPECT_EQ(demo_app(Bytes(image).first(kDemoHeadBytes)), app);
  }
}

TEST(DemoApp, IsEmptyWhereThereIsNoMarker) {
  EXPECT_EQ(demo_app({}), "");
  EXPECT_EQ(demo_app(make_image({})), "");
  EXPECT_EQ(demo_app(make_image({.size = 65536})), "");
  EXPECT_EQ(demo_app(Bytes(make_image({.app = "crash"})).first(kDemoHeadBytes - 1)), "");
}

TEST(DemoApp, TrustsOnlyTheFixedPlace) {
  auto elsewhere = make_image({.size = 65536});
  const Bytes marker = as_bytes("updraft-demo app=crash");
  std::copy(marker.begin(), marker.end(), elsewhere.begin() + kDemoMarkerOffset + 4);
  EXPECT_EQ(demo_app(elsewhere), "");

  auto after_the_segment = make_image({.app = "crash"});
  store_le32(after_the_segment, 28, format::kAppDescriptorBytes);
  EXPECT_EQ(demo_app(after_the_segment), "");

  auto endless = make_image({.app = "crash"});
  std::fill_n(endless.begin() + kDemoMarkerOffset + 17, 15, std::byte{'a'});
  EXPECT_EQ(demo_app(endless), "");
}

}  // namespace
}  // namespace updraft::sim
