#include "engine/pipeline/image_stage.hpp"

#include <gtest/gtest.h>

#include "engine/pipeline/test_collector.hpp"
#include "sim/demo_image.hpp"

namespace updraft::pipeline {
namespace {

class ImageStageTest : public testing::Test {
 protected:
  ImageStageTest() { stage.reset({.capacity = 1 << 20}); }
  Collector next;
  ImageStage stage{next};
  std::vector<std::byte> image = sim::make_image({.size = 8192});
};

TEST_F(ImageStageTest, HoldsBackTheHeadUntilItIsJudged) {
  ASSERT_TRUE(stage.push(Bytes(image).first(287)).has_value());
  EXPECT_TRUE(next.bytes.empty());
  EXPECT_FALSE(stage.head_passed());
  ASSERT_TRUE(stage.push(Bytes(image).subspan(287, 1)).has_value());
  EXPECT_EQ(next.bytes.size(), 288u);
  EXPECT_TRUE(stage.head_passed());
}

TEST_F(ImageStageTest, PassesNothingOfAnImageItRefuses) {
  image[12] = std::byte{9};
  stage.reset({.chip = format::find_chip("esp32c3"), .chip_revision = 3});
  EXPECT_FALSE(stage.push(image).has_value());
  EXPECT_TRUE(next.bytes.empty());
}

TEST_F(ImageStageTest, PassesTheImageUnchangedInAnyPieces) {
  for (const std::size_t step : {1u, 100u, 288u, 289u, 8192u}) {
    SCOPED_TRACE(step);
    next = {};
    stage.reset({.capacity = 1 << 20});
    for (std::size_t at = 0; at < image.size(); at += step) {
      const std::size_t n = std::min(step, image.size() - at);
      ASSERT_TRUE(stage.push(Bytes(image).subspan(at, n)).has_value());
    }
    EXPECT_TRUE(stage.finish().has_value());
    EXPECT_EQ(next.bytes, image);
    EXPECT_TRUE(next.finished);
    EXPECT_TRUE(stage.info().complete);
  }
}

TEST_F(ImageStageTest, PassesASignatureSectorAndDropsWhatIsBehindIt) {
  std::vector<std::byte> more = image;
  more.resize(64 * 1024, std::byte{0x77});
  ASSERT_TRUE(stage.push(more).has_value());
  EXPECT_TRUE(stage.finish().has_value());
  EXPECT_EQ(next.bytes.size(), 8192u + 4096u);
}

TEST_F(ImageStageTest, PassesNothingBeyondTheSlot) {
  stage.reset({.capacity = 8192 + 16});
  image.resize(image.size() + 32, std::byte{0x10});
  ASSERT_TRUE(stage.push(image).has_value());
  EXPECT_TRUE(stage.finish().has_value());
  EXPECT_EQ(next.bytes.size(), 8192u + 16u);
}

TEST_F(ImageStageTest, DoesNotFinishAHalfImage) {
  ASSERT_TRUE(stage.push(Bytes(image).first(4000)).has_value());
  EXPECT_EQ(stage.finish().error().code, Code::size_mismatch);
  EXPECT_FALSE(next.finished);
}

}  // namespace
}  // namespace updraft::pipeline
