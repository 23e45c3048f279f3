#include "protocols/pull/web_pull.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "protocols/pull/web_pull_bench.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

TEST(WebPull, AsksForTheFirstSectorThenForTheRest) {
  OneServer it;
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.connections, 1u);
  ASSERT_EQ(it.bench.requests.size(), 2u);
  EXPECT_EQ(it.bench.requests[0].text,
            "GET /lamp/app.bin HTTP/1.1\r\nHost: updates.example\r\nUser-Agent: updraft\r\n"
            "Accept-Encoding: identity\r\nRange: bytes=0-4095\r\n\r\n");
  EXPECT_EQ(it.bench.requests[1].field("Range"), "bytes=4096-9999");
  EXPECT_EQ(it.bench.requests[1].field("If-Range"), "\"v1\"");
  EXPECT_EQ(it.intake.calls, "begin finish");
  EXPECT_EQ(it.intake.offer.size, 10'000u);
  EXPECT_EQ(it.intake.offer.scheme, kHttps);
  EXPECT_FALSE(it.intake.offer.sender_proved);
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
  EXPECT_EQ(it.bench.log.words, "installed");
}

TEST(WebPull, ComesToRestOnAServerThatDoesNotChange) {
  OneServer it;
  it.start();
  it.bench.run(24h);
  EXPECT_EQ(it.intake.calls, "begin finish") << "fetched once";
  EXPECT_EQ(it.bench.requests[2].field("If-None-Match"), "\"v1\"");
  EXPECT_EQ(it.bench.requests.size(), 2u + 24u)
      << "one question an hour, in the middle of the spread";
  it.files.etag = "\"v2\"";
  it.bench.run(2h);
  EXPECT_EQ(it.intake.calls, "begin finish begin finish") << "and fetches what is new";
}

TEST(WebPull, AUrlThatIsNoneIsNeverAsked) {
  fakes::FakeIntake intake;
  WebPull::Config config = WebPullBench::usual();
  config.url = "https://me:secret@host/app.bin";
  WebPullBench bench(intake, [](const Asked&) { return Said{}; }, config);
  EXPECT_FALSE(bench.pull.is_sound());
  bench.pull.start(bench.now);
  bench.pull.ask(bench.now);
  EXPECT_FALSE(bench.pull.deadline())
      << "who waits for a deadline that is past waits for nothing else";
}

TEST(WebPull, ADateDoesWhereThereIsNoEtag) {
  OneServer it;
  it.files.etag = "";
  it.files.modified = "Sun, 29 Nov 2026 10:00:00 GMT";
  it.start();
  it.bench.run(2h);
  EXPECT_EQ(it.bench.requests[1].field("If-Range"), it.files.modified);
  EXPECT_EQ(it.bench.requests[2].field("If-Modified-Since"), it.files.modified);
  EXPECT_EQ(it.bench.log.words.substr(0, 19), "installed unchanged");
}

TEST(WebPull, AWeakEtagIsNoReasonToSendAPart) {
  OneServer it;
  it.files.etag = "W/\"v1\"";
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.requests[1].field("If-Range"), "");
  EXPECT_EQ(it.bench.log.words, "installed");
}

ImageName image(unsigned number) {
  ImageName name{};
  name[0] = static_cast<std::byte>(number);
  return name;
}

// What the next start asks, after an update from a device that ran image 1 then and runs `now`.
std::string asks_after_restart(unsigned now, std::string_view url = WebPullBench::kUrl) {
  OneServer it;
  WebPull::Config config = WebPullBench::usual();
  config.running = image(1);
  const auto answer = [&it](const Asked& asked) { return it.files.answer(asked); };
  WebPullBench before(it.intake, answer, config);
  before.pull.start(before.now);
  before.once();
  config.running = image(now);
  config.url = url;
  const auto next_start = [&] {
    WebPullBench after(it.intake, answer, config);
    after.memory.note = before.memory.note;
    after.pull.ask(after.now);  // loads the note
    after.once();
    before.memory.note = after.memory.note;
    return after.requests.front().field("If-None-Match");
  };
  const std::string asked = next_start();
  EXPECT_EQ(next_start(), asked) << "and at every start after that";
  return asked;
}

TEST(WebPull, RemembersOverTheRestartWhichFileRuns) {
  EXPECT_EQ(asks_after_restart(2), "\"v1\"") << "what was installed runs";
  EXPECT_EQ(asks_after_restart(1), "")
      << "it was rolled back: its first sector tells what is known of it";
  EXPECT_EQ(asks_after_restart(2, "https://updates.example/other.bin"), "") << "another file";
}

TEST(WebPull, AfterAnImageFromElsewhereTheFileIsComparedAgain) {
  OneServer it;
  WebPull::Config config = WebPullBench::usual();
  config.running = image(2);
  it.intake.taken = Taken::current;
  const auto answer = [&it](const Asked& asked) { return it.files.answer(asked); };
  WebPullBench before(it.intake, answer, config);
  before.pull.start(before.now);
  before.once();
  EXPECT_EQ(before.log.words, "current");
  config.running = image(3);  // somebody pushed it
  WebPullBench after(it.intake, answer, config);
  after.memory.note = before.memory.note;
  after.pull.ask(after.now);
  after.once();
  EXPECT_EQ(after.requests.front().field("If-None-Match"), "");
}

TEST(WebPull, ByteByByteItIsTheSame) {
  OneServer it;
  it.bench.chunk = 1;
  it.files.extra = "Server: a\r\nDate: Sun, 29 Nov 2026 10:00:00 GMT\r\n";
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "installed");
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
}

// The connection is reset after so many bytes of all that a server says; the next ones hold.
TEST(WebPull, CutAtEveryByteNothingIsSentTwice) {
  constexpr std::size_t kFile = 9'000;
  std::size_t cuts = 0;
  for (std::size_t at = 0;; at += at < 700 || (at > 4'000 && at < 4'800) ? 1 : 53) {
    SCOPED_TRACE("cut after " + std::to_string(at) + " bytes");
    FileServer files(file_of(kFile));
    fakes::FakeIntake intake;
    std::size_t left = at, sent = 0;
    bool cut = false;
    WebPullBench bench(intake, [&](const Asked& asked) -> Said {
      Said said = files.answer(asked);
      if (!cut && said.bytes.size() >= left) {
        cut = true;
        said = {said.bytes.substr(0, left), Said::reset};
      }
      left -= cut ? 0 : said.bytes.size();
      const std::size_t head = said.bytes.find("\r\n\r\n");
      if (head != said.bytes.npos) sent += said.bytes.size() - head - 4;
      return said;
    });
    bench.pull.start(bench.now);
    bench.run(3min);
    ASSERT_EQ(text_of(intake.bytes), files.file);
    ASSERT_EQ(intake.misuse, "");
    ASSERT_EQ(bench.log.words.substr(bench.log.words.rfind(' ') + 1), "installed");
    ASSERT_EQ(intake.calls, "begin finish");
    ASSERT_LE(sent, kFile + kClaimBytes) << "all that is kept back until the engine has it";
    if (!cut) break;
    ++cuts;
  }
  EXPECT_GT(cuts, 1'000u);
}

TEST(WebPull, AServerWithoutRangesIsTakenAsItComes) {
  OneServer it;
  it.files.ranges = false;
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.requests.size(), 1u);
  EXPECT_EQ(it.bench.log.words, "installed");
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
}

TEST(WebPull, OneWithoutRangesThatIsCutPassesOverWhatIsThere) {
  OneServer it;
  it.files.ranges = false;
  bool cut = false;
  it.bench.server = [&](const Asked& asked) -> Said {
    const Said said = it.files.answer(asked);
    if (std::exchange(cut, true)) return said;
    return {said.bytes.substr(0, 6'000), Said::reset};
  };
  it.start();
  it.bench.run(1min);
  EXPECT_EQ(it.bench.log.words, "cut:aborted installed");
  EXPECT_EQ(it.intake.calls, "begin finish") << "the same session";
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
}

TEST(WebPull, AFileThatChangesOnTheWayBeginsAnewOnce) {
  OneServer it;
  it.bench.server = [&](const Asked& asked) {
    const Said said = it.files.answer(asked);
    it.files.etag = "\"v2\"";
    it.files.file = file_of(12'000, 3);
    return said;
  };
  it.start();
  it.bench.once();
  EXPECT_EQ(it.intake.calls, "begin abort:size_mismatch begin finish");
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
  EXPECT_EQ(it.bench.log.words, "installed");
}

TEST(WebPull, AFileThatChangesAtEveryAnswerIsGivenUp) {
  OneServer it;
  int version = 0;
  it.bench.server = [&](const Asked& asked) {
    it.files.etag = "\"" + std::to_string(++version) + "\"";
    it.files.file = file_of(12'000, static_cast<unsigned>(version));
    return Said{it.files.answer(asked).bytes.substr(0, 6'000), Said::reset};
  };
  it.start();
  it.bench.run(20s);
  EXPECT_NE(it.bench.log.words.find("failed:size_mismatch"), std::string::npos)
      << it.bench.log.words;
  EXPECT_EQ(it.bench.log.last.error().reason, Reason::web_changed);
}

TEST(WebPull, EndsWithTheConnectionWhereNoLengthIsTold) {
  OneServer it;
  it.bench.server = [&](const Asked&) -> Said {
    return {"HTTP/1.0 200 OK\r\n\r\n" + it.files.file, Said::fin};
  };
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "installed");
  EXPECT_EQ(it.intake.offer.size, 0u) << "not known";
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
}

TEST(WebPull, TakesChunks) {
  OneServer it;
  it.bench.server = [&](const Asked&) -> Said {
    std::string said = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < it.files.file.size(); at += 1000) {
      said += "3E8;name=value\r\n" + it.files.file.substr(at, 1000) + "\r\n";
    }
    return {said + "0\r\nTrailer: x\r\n\r\n"};
  };
  it.bench.chunk = 7;
  it.start();
  it.bench.once();
  EXPECT_EQ(it.bench.log.words, "installed");
  EXPECT_EQ(text_of(it.intake.bytes), it.files.file);
}

TEST(WebPull, AServerThatEndsEachConnectionIsCalledAgain) {
  OneServer it;
  it.files.extra = "Connection: close\r\n";
  it.start();
  it.bench.run(1s);
  EXPECT_EQ(it.bench.connections, 2u);
  EXPECT_EQ(it.bench.log.words, "installed");
}

// The size is known from the first answer: an end of the connection is not the file's.
TEST(WebPull, APartWithoutALengthThatEndsEarlyIsACut) {
  OneServer it;
  it.bench.server = [&](const Asked& asked) -> Said {
    const bool whole = is_first(asked) || it.bench.connections > 1;
    const std::string said = with(it.files.answer(asked).bytes, "Content-Length", "X-Length");
    return {whole ? said : said.substr(0, 3'000), Said::fin};
  };
  it.start();
  it.bench.run(10s);
  EXPECT_EQ(it.intake.misuse, "");
  EXPECT_EQ(it.intake.calls, "begin finish");
  EXPECT_TRUE(text_of(it.intake.bytes) == it.files.file);
}

TEST(WebPull, FollowsRedirectsAndKeepsItsSecretsAtHome) {
  OneServer it;
  WebPull::Config config = WebPullBench::usual();
  config.fields = "Authorization: Bearer s3cret\r\n";
  config.server_proves = true;
  WebPullBench bench(
      it.intake,
      [&](const Asked& asked) -> Said {
        if (asked.path == "/lamp/app.bin")
          return {"HTTP/1.1 301 Moved\r\nLocation: next?v=2\r\n\r\n"};
        if (asked.path == "/lamp/next?v=2")
          return {"HTTP/1.1 302 Found\r\nLocation: //cdn.example:8443/x#y\r\n\r\n"};
        return it.files.answer(asked);
      },
      config);
  bench.pull.start(bench.now);
  bench.run(1s);
  EXPECT_EQ(bench.hosts, "updates.example:443 updates.example:443 cdn.example:8443");
  ASSERT_EQ(bench.requests.size(), 4u);
  EXPECT_EQ(bench.requests[1].field("Authorization"), "Bearer s3cret");
  EXPECT_EQ(bench.requests[2].field("Host"), "cdn.example:8443");
  EXPECT_EQ(bench.requests[2].text.find("s3cret"), std::string::npos);
  EXPECT_EQ(bench.requests[3].text.find("s3cret"), std::string::npos);
  EXPECT_EQ(bench.log.words, "installed");
  EXPECT_FALSE(it.intake.offer.sender_proved) << "another server answered";
}

TEST(WebPull, AServerProvesItselfOnlyWhereTheProductSaysSo) {
  for (const bool says_so : {false, true}) {
    for (const bool tls : {false, true}) {
      OneServer it;
      WebPull::Config config = WebPullBench::usual();
      config.server_proves = says_so;
      if (!tls) config.url = "http://updates.example/lamp/app.bin";
      if (!tls) config.scheme = kHttp;
      WebPullBench bench(
          it.intake, [&](const Asked& asked) { return it.files.answer(asked); }, config);
      bench.pull.start(bench.now);
      bench.once();
      EXPECT_EQ(it.intake.offer.sender_proved, says_so && tls);
    }
  }
}

TEST(WebPull, ACutHoldsTheEngineForAWhileAndNoLonger) {
  OneServer it;
  it.bench.server = [&](const Asked& asked) -> Said {
    const Said said = it.files.answer(asked);
    return is_first(asked) && it.bench.connections == 1 ? Said{said.bytes, Said::keep}
                                                        : Said{"", Said::reset};
  };
  it.start();
  it.bench.run(20s);
  EXPECT_EQ(it.intake.calls, "begin") << "it waits for the rest";
  it.bench.run(60s);
  EXPECT_EQ(it.intake.calls, "begin abort:aborted");
  EXPECT_EQ(it.intake.misuse, "");
}

TEST(WebPull, APassingTroubleInTheMiddleIsACut) {
  OneServer it;
  it.bench.server = [&](const Asked& asked) -> Said {
    if (it.bench.requests.size() == 2)
      return {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"};
    return it.files.answer(asked);
  };
  it.start();
  it.bench.run(10s);
  EXPECT_EQ(it.bench.log.words, "cut:http_status installed");
  EXPECT_EQ(it.intake.calls, "begin finish");
}

// The engine knows the file by its first sector, and holds a part of it.
class HoldingIntake final : public Intake {
 public:
  explicit HoldingIntake(std::uint64_t until) : until_(until) {}
  Result<> welcome(const Offer&) override { return {}; }
  Result<> begin(const Offer&) override { return {}; }
  Result<> write(Bytes more) override {
    bytes += more.size();
    at_ += more.size();
    return {};
  }
  Result<std::uint64_t> resume_at(std::uint64_t at) override {
    EXPECT_EQ(at, at_);
    return at_ = std::max(at, until_);
  }
  Result<Taken> finish(PayloadEnd) override {
    end = at_;
    return Taken::installed;
  }
  void abort(const Error&) override {}
  void never_began(Scheme, const Error&) override {}
  std::uint64_t bytes = 0, end = 0;

 private:
  std::uint64_t until_, at_ = 0;
};

TEST(WebPull, GoesOnFromWhatTheSlotHolds) {
  FileServer files(file_of(100'000));
  for (const std::uint64_t held : {65'536u, 98'304u, 100'000u}) {
    HoldingIntake engine(held);
    WebPullBench bench(engine, [&](const Asked& asked) { return files.answer(asked); });
    bench.pull.start(bench.now);
    bench.run(1s);
    EXPECT_EQ(bench.log.words, "installed");
    EXPECT_EQ(engine.bytes, kPullFirstBytes + 100'000 - held);
    EXPECT_EQ(engine.end, 100'000u);
    EXPECT_EQ(bench.requests.size(), held == 100'000 ? 1u : 2u);
  }
}

}  // namespace
}  // namespace updraft::link
