#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "protocols/pull/web_pull.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

TEST(WebPull, WaitsAsLongAsTheServerAsks) {
  OneServer it;
  it.bench.server = [&](const Asked&) -> Said {
    return {"HTTP/1.1 503 Busy\r\nRetry-After: 100\r\n\r\n"};
  };
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "failed:http_status");
  EXPECT_GE(it.bench.log.next_in, 100s);
  EXPECT_LE(it.bench.log.next_in, 120s);
  it.bench.server = [&](const Asked&) -> Said {
    return {"HTTP/1.1 204 No Content\r\nUpdraft-Poll: 7200\r\n\r\n"};
  };
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "failed:http_status unchanged");
  EXPECT_GE(it.bench.log.next_in, 7200s * 8 / 10);
  EXPECT_LE(it.bench.log.next_in, 7200s * 12 / 10);
}

TEST(WebPull, ALoginThatIsRefusedIsTriedDaily) {
  OneServer it;
  it.bench.server = [](const Asked&) -> Said { return {"HTTP/1.1 403 Forbidden\r\n\r\n"}; };
  it.start();
  it.bench.run(24h * 7);
  EXPECT_LE(it.bench.connections, 10u);
  EXPECT_GE(it.bench.connections, 6u);
}

TEST(WebPull, WhatWasRefusedIsNotAskedForAgainUntilItChanges) {
  OneServer it;
  it.intake.write_error = Code::wrong_chip;
  it.start();
  it.bench.run(24h);
  EXPECT_EQ(it.intake.calls, "begin") << "judged once";
  EXPECT_EQ(it.bench.log.words.substr(0, 27), "failed:wrong_chip unchanged");
  it.files.etag = "\"v2\"";
  it.intake.write_error.reset();
  it.bench.run(2h);
  EXPECT_EQ(it.intake.calls, "begin begin finish");
}

TEST(WebPull, WhatMayPassIsAskedForAgain) {
  OneServer it;
  it.intake.welcome_error = Code::pending_confirm;
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "failed:pending_confirm");
  it.intake.welcome_error.reset();
  it.bench.run(2h);
  EXPECT_EQ(it.intake.calls, "begin finish");
}

TEST(WebPull, WhoeverAsksNowGetsWhatWasRefused) {
  OneServer it;
  it.intake.write_error = Code::wrong_chip;
  it.start();
  it.bench.once();
  it.intake.write_error.reset();
  it.bench.pull.ask(it.bench.now);
  it.bench.once();
  EXPECT_EQ(it.intake.calls, "begin begin finish");
}

std::uint32_t seed = 1;
void some_random(MutableBytes out) {
  seed = seed * 1'664'525 + 1'013'904'223;
  store_le32(out, 0, seed);
}

// native.md section 5, row 6: a server that was away for a day is not stormed when it comes back.
TEST(WebPull, AThousandDevicesComeBackSpread) {
  std::vector<Instant> returns;
  FileServer files(file_of(5'000));
  for (int i = 0; i < 1'000; ++i) {
    fakes::FakeIntake intake;
    WebPull::Config config = WebPullBench::usual();
    config.first_least = 5s;
    config.first_most = 65s;
    WebPullBench bench(
        intake, [&](const Asked& asked) { return files.answer(asked); }, config, &some_random);
    const Instant start = bench.now;
    bench.up = false;
    bench.pull.start(bench.now);
    bench.run(24h);
    EXPECT_LE(bench.connections, 8u + 48u) << "it asks more and more rarely";
    bench.up = true;
    bench.once();
    EXPECT_EQ(bench.log.words.substr(bench.log.words.rfind(' ') + 1), "installed");
    returns.push_back(Instant{bench.now - start});
  }
  std::vector<int> minutes(61);
  for (const Instant at : returns) {
    const auto minute =
        std::chrono::duration_cast<std::chrono::minutes>(at.time_since_epoch() - 24h).count();
    ASSERT_GE(minute, 0);
    ASSERT_LE(minute, 60);
    ++minutes[static_cast<std::size_t>(minute)];
  }
  EXPECT_LE(*std::ranges::max_element(minutes), 60) << "of 1000 in an hour";
}

}  // namespace
}  // namespace updraft::link
