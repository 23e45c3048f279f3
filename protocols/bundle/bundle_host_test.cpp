#include "protocols/bundle/bundle_host.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_bench.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Bundle;
using samples::bundle_of;
using samples::usual_files;

// With a device at the other end.
class BundleBothEnds : public testing::Test {
 protected:
  std::string run(BundleHost& host, std::size_t chunk) {
    bench.device.reset();
    BundleDevice device(bench.intake, bench.shared, {.password = "hunter2", .random = &count_up});
    (void)Pipe(host, device, chunk).run();
    const Result<> outcome = host.outcome();
    return word(outcome);
  }
  BundleBench bench;
};

TEST_F(BundleBothEnds, UnderstandEachOther) {
  const Bundle bundle = bundle_of(usual_files());
  for (const std::size_t chunk : {1u, 3u, 100u, 65'536u}) {
    MemorySource stream(bundle.stream);
    BundleHost host("hunter2", as_bytes(bundle.metadata), stream);
    EXPECT_EQ(run(host, chunk), "ok");
    EXPECT_EQ(bench.intake.installed, usual_files());
    EXPECT_EQ(host.sent(), host.total());
  }
}

TEST_F(BundleBothEnds, TheHostHearsWhatWentWrong) {
  const Bundle bundle = bundle_of(usual_files());
  MemorySource unused(bundle.stream), content(bundle.stream), metadata(bundle.stream);
  BundleHost stranger("guess", as_bytes(bundle.metadata), unused);
  EXPECT_EQ(run(stranger, 100), "auth_failed");
  bench.now += 1min;
  bench.shared.guards = {};
  for (unsigned n = 0; n < kLoginLockAfter; ++n) {
    bench.shared.guards.on_failure(kSomewhere, bench.now);
  }
  BundleHost locked("hunter2", as_bytes(bundle.metadata), unused);
  EXPECT_EQ(run(locked, 100), "locked");
  bench.shared.guards = {};
  bench.intake.finish_error = Code::flash;
  BundleHost failed("hunter2", as_bytes(bundle.metadata), content);
  EXPECT_EQ(run(failed, 100), "not_wanted");
  EXPECT_EQ(failed.outcome().error().found, 9u);
  bench.intake.begin_error = Code::busy;
  BundleHost early("hunter2", as_bytes(bundle.metadata), metadata);
  EXPECT_EQ(run(early, 100), "busy") << "another time it may work";
  bench.intake.begin_error = Code::pending_confirm;
  MemorySource again(bundle.stream);
  BundleHost refused("hunter2", as_bytes(bundle.metadata), again);
  EXPECT_EQ(run(refused, 100), "not_wanted");
  EXPECT_EQ(refused.outcome().error().found, 7u);
}

TEST_F(BundleBothEnds, TheHostHearsThatTheRescueAppTakesIt) {
  const Bundle bundle = bundle_of(usual_files());
  MemorySource content(bundle.stream);
  bench.intake.finish_error = Code::rescue_first;
  BundleHost host("hunter2", as_bytes(bundle.metadata), content);
  EXPECT_EQ(run(host, 100), "rescue_first");
}

// Found by fuzz/bundle_host: bytes that were still to be sent got lost.
TEST(BundleHostTest, AnAnswerToWordsNotYetSaidIsNone) {
  MemorySource stream(as_bytes("s"));
  BundleHost host("hunter2", as_bytes("{}"), stream);
  host.on_bytes(as_bytes("cf0e5890OK"), Instant{});
  EXPECT_EQ(host.outcome().error().code, Code::protocol);
}

// Each step has its time; bytes of an answer that is not whole bring no more of it.
TEST(BundleHostTest, ADeviceThatDripsIsLeft) {
  const std::string content(1'000'000, 's');
  for (const bool in_the_stream : {false, true}) {
    MemorySource stream(as_bytes(content));
    BundleHost host("hunter2", as_bytes("{}"), stream);
    Instant now{1h};
    const Instant begun = now;
    host.on_connected(now);
    std::array<std::byte, 64> said;
    std::string_view drips = "cf0e589";
    if (in_the_stream) {
      for (const std::string_view answer : {"cf0e5890", "OK", "OK", "OK"}) {
        host.on_bytes(as_bytes(answer), now);
        EXPECT_GT(host.write_to(said), 0u);
      }
      drips = "UPDATE_SUCC";
    }
    for (std::size_t n = 0; host.phase() != Phase::closed && now < begun + 1h; ++n) {
      now += 9s;
      if (n < drips.size()) host.on_bytes(as_bytes(drips.substr(n, 1)), now);
      if (in_the_stream) (void)host.write_to(MutableBytes(said).first(1));
      host.on_waiting(now);
      host.on_deadline(now);
    }
    ASSERT_EQ(host.phase(), Phase::closed);
    EXPECT_EQ(host.outcome().error().code, Code::timeout);
    EXPECT_LE(now, begun + (in_the_stream ? kPaceMs : kBundleAnswerMs) + 9s);
  }
}

TEST(BundleHostTest, SuccessBeforeTheLastByteIsNone) {
  const std::string content(100, 's');
  MemorySource stream(as_bytes(content));
  BundleHost host("hunter2", as_bytes("{}"), stream);
  std::array<std::byte, 64> said;
  for (const std::string_view answer : {"cf0e5890", "OK", "OK", "OK"}) {
    host.on_bytes(as_bytes(answer), Instant{});
    EXPECT_GT(host.write_to(said), 0u);
  }
  host.on_bytes(as_bytes("UPDATE_SUCCESS"), Instant{});
  EXPECT_EQ(host.outcome().error().code, Code::protocol);
}

}  // namespace
}  // namespace updraft::link
