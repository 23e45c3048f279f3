#include "sim/downlink.hpp"

#include <gtest/gtest.h>

namespace updraft::sim {
namespace {

using namespace std::chrono_literals;

double seconds(Nanos time) { return std::chrono::duration<double>(time).count(); }

class DownlinkTest : public testing::Test {
 protected:
  // Takes `segments`, working so long on each.
  double run(const Downlink::Config& config, int segments, Nanos work) {
    VirtualClock clock;
    Downlink link(clock, config);
    link.open();
    for (int i = 0; i < segments; ++i) {
      link.take(kChipSegment);
      clock.advance(work);
    }
    return seconds(clock.now());
  }
};

TEST_F(DownlinkTest, AloneItTakesAsLongAsTheRateSays) {
  EXPECT_NEAR(run({.bytes_per_second = 143'600}, 100, 0ns), 1.0, 1e-3);
}

TEST_F(DownlinkTest, WorkThatIsShorterThanTheWindowIsHidden) {
  EXPECT_NEAR(run({.bytes_per_second = 143'600}, 100, 9ms), 1.009, 1e-3);
}

TEST_F(DownlinkTest, WorkThatIsLongerSetsThePace) {
  EXPECT_NEAR(run({.bytes_per_second = 143'600}, 100, 20ms), 2.01, 1e-2);
}

TEST_F(DownlinkTest, ALongEraseIsNotHiddenBehindOneWindow) {
  VirtualClock clock;
  Downlink link(clock, {.bytes_per_second = 143'600});
  link.open();
  clock.advance(1s);
  for (int i = 0; i < 8; ++i) link.take(kChipSegment);
  EXPECT_NEAR(seconds(clock.now()), 1.04, 1e-3) << "a window was there, the rest came afterwards";
  EXPECT_NEAR(seconds(link.waited()), 0.04, 1e-3);
}

TEST_F(DownlinkTest, NoMoreThanAWindowInARoundTrip) {
  EXPECT_NEAR(run({.bytes_per_second = 10'000'000, .round_trip = 100ms}, 40, 0ns), 1.0, 1e-3);
}

TEST_F(DownlinkTest, WithoutARateItTakesNoTime) { EXPECT_EQ(run({}, 100, 0ns), 0.0); }

}  // namespace
}  // namespace updraft::sim
