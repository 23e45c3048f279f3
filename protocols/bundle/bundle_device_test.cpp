#include "protocols/bundle/bundle_device.hpp"

#include <gtest/gtest.h>

#include "protocols/bundle/bundle_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Bundle;
using samples::bundle_of;
using samples::File;
using samples::usual_files;

class BundleDeviceTest : public testing::Test {
 protected:
  ~BundleDeviceTest() override {
    EXPECT_EQ(bench.intake.misuse, "");
    bench.device.reset();
    EXPECT_FALSE(bench.intake.in_session);
    EXPECT_FALSE(bench.shared.taken);
  }
  BundleBench bench;
};

TEST_F(BundleDeviceTest, TakesABundleInAnyPieces) {
  const Bundle bundle = bundle_of(usual_files());
  for (const std::size_t step : {0u, 1u, 7u, 1460u}) {
    bench.connect();
    EXPECT_EQ(bench.push(bundle, step), "UPDATE_SUCCESS");
    EXPECT_EQ(bench.intake.installed, usual_files());
    EXPECT_TRUE(bench.intake.offer.sender_proved);
    EXPECT_EQ(bench.intake.offer.size, 20'021u);
    EXPECT_EQ(bench.device->phase(), Phase::half_closed);
    bench.device->on_peer_done(bench.now);
    EXPECT_TRUE(bench.closed());
    EXPECT_EQ(bench.outcome(), "ok");
  }
}

TEST_F(BundleDeviceTest, WaitsHalfASecondForTheClientToClose) {
  EXPECT_EQ(bench.push(bundle_of(usual_files())), "UPDATE_SUCCESS");
  bench.wait(499ms);
  EXPECT_FALSE(bench.closed());
  bench.wait(1ms);
  EXPECT_TRUE(bench.closed());
  EXPECT_EQ(bench.outcome(), "ok");
}

TEST_F(BundleDeviceTest, TakesBundlesOfEmptyFilesOnly) {
  const std::vector<File> files = {{"a", ""}, {"b", ""}};
  EXPECT_EQ(bench.push(bundle_of(files)), "UPDATE_SUCCESS");
  EXPECT_EQ(bench.intake.installed, files);
}

// The login.

TEST_F(BundleDeviceTest, AsksThreeTimesASecondApart) {
  for (int round = 1; round <= 3; ++round) {
    const std::string challenge = bench.hear();
    ASSERT_EQ(challenge.size(), 8u);
    EXPECT_FALSE(bench.device->proven());
    EXPECT_EQ(bench.say(bench.answer(challenge, "wrong")), "AUTH_FAIL");
    if (round == 3) break;
    bench.wait(999ms);
    EXPECT_EQ(bench.hear(), "");
    bench.wait(1ms);
  }
  EXPECT_EQ(bench.device->phase(), Phase::half_closed);
  bench.wait(1min);
  EXPECT_EQ(bench.outcome(), "auth_failed");
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_EQ(bench.intake.reports, "auth_failed");
}

TEST_F(BundleDeviceTest, AClientThatLeavesAfterAWrongPasswordFailedToLogIn) {
  EXPECT_EQ(bench.say(bench.answer(bench.hear(), "wrong")), "AUTH_FAIL");
  bench.device->on_peer_done(Instant{});
  EXPECT_EQ(bench.outcome(), "auth_failed");
}

TEST_F(BundleDeviceTest, AClientThatNeverReadsGetsNoMoreRoom) {
  for (int round = 0; round < 3; ++round) {
    bench.send(std::string(64, '0'));
    bench.wait(1s);
  }
  EXPECT_EQ(bench.hear().size(), 3u * (8 + 9));
}

TEST_F(BundleDeviceTest, AClientMaySendEverythingAtOnce) {
  const Bundle bundle = bundle_of(usual_files());
  for (int round = 0; round < 2; ++round) {
    bench.send(std::string(64, '0'));
    bench.wait(1s);
  }
  const std::string heard = bench.hear();
  std::string all = bench.answer(heard.substr(heard.size() - 8)) +
                    samples::length_field(bundle.metadata.size()) + bundle.metadata;
  all.append(reinterpret_cast<const char*>(bundle.stream.data()), bundle.stream.size());
  EXPECT_EQ(bench.say(all), "OKOKOKUPDATE_SUCCESS");
}

TEST_F(BundleDeviceTest, TheSecondAnswerMayBeRight) {
  EXPECT_EQ(bench.say(bench.answer(bench.hear(), "wrong")), "AUTH_FAIL");
  bench.wait(1s);
  EXPECT_EQ(bench.push(bundle_of(usual_files())), "UPDATE_SUCCESS");
}

TEST_F(BundleDeviceTest, AnOldAnswerDoesNotFit) {
  const std::string recorded = bench.answer(bench.hear());
  EXPECT_EQ(bench.say(recorded), "OK");
  bench.connect();
  bench.hear();
  EXPECT_EQ(bench.say(recorded), "AUTH_FAIL");
}

// Security row 16.
TEST_F(BundleDeviceTest, LocksAfterTenWrongAnswersOverConnections) {
  for (int n = 0; n < 10; ++n) {
    bench.connect();
    bench.wait(1s);  // after a failure, a new connection waits as well
    EXPECT_EQ(bench.say(bench.answer(bench.hear(), "guess")), "AUTH_FAIL") << n;
  }
  bench.connect();
  EXPECT_EQ(bench.hear(), "LOCKED") << "the 11th is not asked";
  bench.wait(1min);
  EXPECT_EQ(bench.outcome(), "locked");
  bench.now += kLoginLockMs;
  bench.connect();
  EXPECT_EQ(bench.push(bundle_of(usual_files())), "UPDATE_SUCCESS");
}

TEST_F(BundleDeviceTest, AnswersThatCrossTheLockAreNotCompared) {
  auto early = std::move(bench.device);
  bench.connect();
  std::swap(early, bench.device);
  const std::string right = bench.answer(bench.hear());
  for (unsigned n = 0; n < kLoginLockAfter; ++n) {
    bench.shared.guards.on_failure(kSomewhere, bench.now);
  }
  EXPECT_EQ(bench.say(right), "LOCKED");
  bench.wait(1min);
  EXPECT_EQ(bench.outcome(), "locked");
}

// Guessers elsewhere neither delay nor lock out the owner.
TEST_F(BundleDeviceTest, LocksOutByWhereTheGuessesComeFrom) {
  constexpr Origin kGuesser = 7, kOwner = 8;
  for (int n = 0; n < 30; ++n) {
    bench.connect(kGuesser);
    bench.wait(1s);
    if (const std::string heard = bench.hear(); heard != "LOCKED") {
      EXPECT_EQ(bench.say(bench.answer(heard, "guess")), "AUTH_FAIL");
    }
    bench.connect(kOwner);
    ASSERT_EQ(bench.push(bundle_of(usual_files())), "UPDATE_SUCCESS") << n;
  }
}

TEST_F(BundleDeviceTest, WhoNeverAnsweredIsNoAttempt) {
  bench.hear();
  bench.send("00");
  bench.device->on_lost(bench.now);
  bench.connect();
  bench.wait(1min);
  bench.connect();
  bench.device->on_peer_done(bench.now);
  EXPECT_EQ(bench.intake.reports, "");
}

// Length and metadata.

TEST_F(BundleDeviceTest, JudgesTheLengthField) {
  const struct {
    const char* field;
    const char* reply;
  } rows[] = {{"       360", "OK"},   {"360       ", "OK"},   {"   360    ", "OK"},
              {"0000000360", "OK"},   {"     65536", "OK"},   {"     65537", "FAIL"},
              {"9999999999", "FAIL"}, {"         0", "FAIL"}, {"          ", "FAIL"},
              {"      3 60", "FAIL"}, {"      -360", "FAIL"}, {"      +360", "FAIL"},
              {"     0x360", "FAIL"}, {"\t      360", "FAIL"}};
  for (const auto& row : rows) {
    bench.connect();
    ASSERT_EQ(bench.log_in(), "OK");
    EXPECT_EQ(bench.say(row.field, 3), row.reply) << row.field;
    bench.device.reset();
  }
}

TEST_F(BundleDeviceTest, SaysFailInPlaceOfTheSecondOk) {
  const auto files = usual_files();
  const struct {
    const char* why;
    std::string metadata;
    const char* code;
  } rows[] = {
      {"no JSON", "hello", "protocol"},
      {"not complete", "{\"files\":[]", "protocol"},
      {"traversal", samples::metadata_of({{"../../etc/passwd", "x"}}, 3), "bad_path"},
      {"twice", samples::metadata_of({{"a", "x"}, {"a", "y"}}, 3), "bad_path"},
      {"wrong total",
       "{\"compressed_size\":9,\"total_uncompressed\":9,\"files\":"
       "[{\"path\":\"a\",\"size\":8}]}",
       "protocol"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.why);
    bench.connect();
    ASSERT_EQ(bench.log_in(), "OK");
    EXPECT_EQ(bench.announce(row.metadata), "FAIL");
    EXPECT_EQ(bench.outcome(), row.code);
    EXPECT_EQ(bench.intake.calls, "") << "the engine hears of sound metadata only";
    EXPECT_EQ(bench.intake.reports, row.code) << "and once of what was not";
    bench.intake.reports.clear();
    bench.device.reset();
  }
  for (auto* error :
       {&bench.intake.begin_error, &bench.intake.expect_error, &bench.intake.open_error}) {
    *error = Code::too_big;
    bench.connect();
    EXPECT_EQ(bench.push(bundle_of(files)), "FAIL");
    EXPECT_EQ(bench.outcome(), "too_big");
    error->reset();
  }
}

TEST_F(BundleDeviceTest, ReadsBadMetadataToTheirEndBeforeItSaysSo) {
  const std::string metadata = "x" + std::string(999, ' ');
  ASSERT_EQ(bench.log_in(), "OK");
  ASSERT_EQ(bench.say("      1000"), "OK");
  EXPECT_EQ(bench.say(metadata.substr(0, 999), 10), "");
  EXPECT_EQ(bench.say(metadata.substr(999)), "FAIL");
}

// The stream.

TEST_F(BundleDeviceTest, HoldsTheStreamToWhatWasAnnounced) {
  const std::vector<File> files = {{"a", std::string(5000, 'a')}, {"b", "bb"}};
  const Bundle good = bundle_of(files);
  const auto with = [&](std::vector<std::byte> stream, std::size_t announced) {
    return Bundle{samples::metadata_of(files, announced), std::move(stream)};
  };
  const auto of = [](std::string_view content) {
    return samples::deflated(as_bytes(content), samples::Wrapping::raw);
  };
  auto longer = good.stream;
  longer.push_back({});
  auto shorter = good.stream;
  shorter.pop_back();
  auto damaged = good.stream;
  damaged[0] = std::byte{0xFF};
  const auto less = of(std::string(5001, 'a'));
  const auto more = of(std::string(5003, 'a'));
  const auto bomb = of(std::string(10 << 20, 'a'));
  const auto wrapped = samples::deflated(as_bytes(samples::joined(files)), samples::Wrapping::zlib);
  const struct {
    const char* why;
    Bundle bundle;
    const char* code;
  } rows[] = {{"a byte after the end", with(longer, longer.size()), "malformed"},
              {"a byte too few", with(shorter, shorter.size()), "size_mismatch"},
              {"no DEFLATE", with(damaged, damaged.size()), "malformed"},
              {"less than announced", with(less, less.size()), "size_mismatch"},
              {"more than announced", with(more, more.size()), "too_big"},
              {"a bomb", with(bomb, bomb.size()), "too_big"},
              {"zlib", with(wrapped, wrapped.size()), "malformed"}};
  for (const auto& row : rows) {
    for (const std::size_t step : {0u, 1u}) {
      SCOPED_TRACE(row.why);
      bench.connect();
      EXPECT_EQ(bench.push(row.bundle, step), "FAIL");
      EXPECT_EQ(bench.outcome(), row.code);
      EXPECT_TRUE(bench.intake.installed.empty());
      EXPECT_FALSE(bench.intake.in_session);
    }
  }
  bench.connect();
  EXPECT_EQ(bench.push(good), "UPDATE_SUCCESS") << "and the next one works";
}

TEST_F(BundleDeviceTest, EngineTroubleIsFailAfterTheLastByte) {
  const Bundle bundle = bundle_of(usual_files());
  bench.intake.write_error = Code::flash;
  ASSERT_EQ(bench.log_in(), "OK");
  ASSERT_EQ(bench.announce(bundle.metadata), "OK");
  bench.send(Bytes(bundle.stream).first(bundle.stream.size() - 1));
  EXPECT_EQ(bench.hear(), "") << "FAIL would meet a client that does not read";
  bench.send(Bytes(bundle.stream).last(1));
  EXPECT_EQ(bench.hear(), "FAIL");
  EXPECT_EQ(bench.outcome(), "flash");
  bench.intake.write_error.reset();
  bench.intake.finish_error = Code::image_mismatch;
  bench.connect();
  EXPECT_EQ(bench.push(bundle), "FAIL");
  EXPECT_EQ(bench.outcome(), "image_mismatch");
}

TEST_F(BundleDeviceTest, DrainsForTenSecondsAtMost) {
  const Bundle bundle = bundle_of(usual_files());
  bench.intake.write_error = Code::flash;
  ASSERT_EQ(bench.log_in(), "OK");
  ASSERT_EQ(bench.announce(bundle.metadata), "OK");
  bench.send(Bytes(bundle.stream).first(bundle.stream.size() / 2));
  bench.wait(9'999ms);
  EXPECT_EQ(bench.hear(), "");
  bench.wait(1ms);
  EXPECT_EQ(bench.hear(), "FAIL");
}

// Time, loss, other connections.

TEST_F(BundleDeviceTest, CutAnywhereInstallsNothing) {
  const Bundle bundle = bundle_of({{"a", "some text"}, {"b", "more text"}});
  const std::string length = samples::length_field(bundle.metadata.size());
  for (std::size_t cut = 0; cut < 64 + 10 + bundle.metadata.size() + bundle.stream.size(); ++cut) {
    for (const bool by_reset : {true, false}) {
      bench.connect();
      std::string all = bench.answer(bench.hear()) + length + bundle.metadata;
      all.append(reinterpret_cast<const char*>(bundle.stream.data()), bundle.stream.size());
      bench.send(std::string_view(all).substr(0, cut));
      by_reset ? bench.device->on_lost(bench.now) : bench.device->on_peer_done(bench.now);
      ASSERT_TRUE(bench.closed()) << cut;
      ASSERT_EQ(bench.outcome(), "aborted");
      ASSERT_TRUE(bench.intake.installed.empty());
      ASSERT_FALSE(bench.intake.in_session);
    }
  }
}

TEST_F(BundleDeviceTest, EachStepHasTenSeconds) {
  const Bundle bundle = bundle_of(usual_files());
  const std::function<void()> steps[] = {
      [&] { bench.hear(); }, [&] { bench.log_in(); },
      [&] { bench.log_in(), bench.say(samples::length_field(bundle.metadata.size())); },
      [&] { bench.log_in(), bench.announce(bundle.metadata); }};
  for (const auto& step : steps) {
    bench.connect();
    step();
    bench.wait(kBundleStepMs - 1ms);
    EXPECT_EQ(bench.device->phase(), Phase::open);
    bench.wait(1ms);
    EXPECT_EQ(bench.device->phase(), Phase::half_closed);
    bench.wait(1s);
    EXPECT_EQ(bench.outcome(), "timeout");
  }
}

TEST_F(BundleDeviceTest, DrippingDoesNotStretchAStep) {
  const std::string answer = bench.answer(bench.hear());
  for (int i = 0; i < 11 && !bench.closed(); ++i) {
    bench.send(answer.substr(static_cast<std::size_t>(i), 1));
    bench.wait(1s);
  }
  EXPECT_TRUE(bench.closed());
}

TEST_F(BundleDeviceTest, TwoClientsTheSecondIsTold) {
  const Bundle bundle = bundle_of(usual_files());
  ASSERT_EQ(bench.log_in(), "OK");
  ASSERT_EQ(bench.announce(bundle.metadata), "OK");
  bench.send(Bytes(bundle.stream).first(100));
  auto first = std::move(bench.device);
  bench.connect();
  EXPECT_EQ(bench.push(bundle), "BUSY");
  EXPECT_EQ(bench.outcome(), "busy");
  EXPECT_EQ(bench.intake.reports, "busy");
  std::swap(first, bench.device);
  bench.send(Bytes(bundle.stream).subspan(100));
  EXPECT_EQ(bench.hear(), "UPDATE_SUCCESS");
  EXPECT_EQ(bench.intake.installed, usual_files());
  EXPECT_EQ(bench.intake.reports, "busy") << "the first one began";
}

}  // namespace
}  // namespace updraft::link
