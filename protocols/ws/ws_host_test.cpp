#include "protocols/ws/ws_host.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::blob, samples::WsOpcode;
using testing::ElementsAre, testing::IsEmpty;

using Talk = std::vector<std::string>;

const std::string kTrial = R"({"name":"otaCheckRollback","value":"true" })";
const std::string kSetChunk = R"({"name":"otaSetChunkSize","value":4096})";
const std::string kFirst = R"({"name":"otaGetChunk","value":0})";
const std::string kEnd = R"({"name":"otaEnd","value":"OK" })";
const std::string kSize = R"({"name":"otaSize","value":10000})";
const std::string kRestart = R"({"name":"otaRestartEsp","value":"restart"})";
const std::string kKeep = R"({"name":"otaProcessRollback","value":"false"})";
const std::string kGoBack = R"({"name":"otaProcessRollback","value":"true"})";
const std::string kClose = "close 1000";

std::string next(std::uint64_t offset) {
  return R"({"name":"otaGetChunk","value": )" + std::to_string(offset) + " }";
}

void no_mask(MutableBytes out) { std::ranges::fill(out, std::byte{0x5a}); }

// A device that a test writes out, to a WsHost on virtual time.
class Host : public testing::Test {
 protected:
  void connect(WsHost::Config config = {}) {
    config.image = sends ? as_bytes(image) : Bytes{};
    channel.reset();
    host.emplace(config);
    channel.emplace(*host, WsSide::client, &no_mask);
    wire.clear();
    channel->on_connected(now);
    hear();
  }
  Talk hear() {
    std::array<std::byte, 100> part;
    while (const std::size_t size = channel->write_to(part)) {
      wire.append(reinterpret_cast<const char*>(part.data()), size);
    }
    Talk talk;
    for (const samples::WsSent& frame : samples::ws_frames(wire)) {
      EXPECT_TRUE(frame.masked);
      if (frame.opcode == WsOpcode::binary) last_chunk = frame.payload;
      talk.push_back(samples::spoken(frame));
    }
    return talk;
  }
  Talk say(const std::string& text, std::size_t step = 1000) {
    const std::string frame = samples::ws_frame({.payload = text, .masked = false});
    for (std::size_t at = 0; at < frame.size(); at += step) {
      channel->on_bytes(as_bytes(std::string_view(frame).substr(at, step)), now);
    }
    channel->on_waiting(now);
    return hear();
  }
  Talk wait(Millis time) {
    now += time;
    channel->on_deadline(now);
    return hear();
  }
  bool closed() const { return channel->phase() == Phase::closed; }
  std::string outcome() const {
    const Result<> result = channel->outcome();
    return word(result);
  }
  void ask() {
    connect();
    wait(kWsGreetMs);
    say(kSetChunk);
  }

  std::string image = blob(10000), last_chunk, wire;
  bool sends = true;
  std::optional<WsHost> host;
  std::optional<WsChannel> channel;
  Instant now{std::chrono::hours(7)};
};

// protocols/ws/SPEC.md section 3, as recorded, with the device's bytes in pieces of any size.
TEST_F(Host, RecordedUpdate) {
  for (const std::size_t step : {1, 3, 1000}) {
    connect({.image = {}, .restart = true});
    EXPECT_THAT(wait(kWsGreetMs - 1ms), IsEmpty());
    EXPECT_THAT(wait(1ms), ElementsAre(kSize));
    EXPECT_THAT(say(kSetChunk, step), IsEmpty());
    EXPECT_THAT(say(kFirst, step), ElementsAre("<4096 bytes>"));
    EXPECT_EQ(last_chunk, image.substr(0, 4096));
    EXPECT_EQ(host->sent(), 4096U);
    EXPECT_THAT(say(next(4096), step), ElementsAre("<4096 bytes>"));
    EXPECT_EQ(last_chunk, image.substr(4096, 4096));
    EXPECT_THAT(say(next(8192), step), ElementsAre("<1808 bytes>"));
    EXPECT_EQ(last_chunk, image.substr(8192));
    EXPECT_THAT(say(kEnd, step), ElementsAre(kRestart));
    EXPECT_TRUE(host->installed());
    EXPECT_FALSE(closed());
    channel->on_lost(now);
    EXPECT_EQ(outcome(), "ok") << "the device restarts immediately";
  }
}

TEST_F(Host, WithoutARestartItLeaves) {
  ask();
  say(kFirst);
  say(next(4096));
  say(next(8192));
  EXPECT_THAT(say(kEnd), ElementsAre(kClose));
  EXPECT_EQ(outcome(), "ok");
  EXPECT_TRUE(closed());
}

TEST_F(Host, SilenceAfterTheRestartIsSuccess) {
  connect({.image = {}, .restart = true});
  wait(kWsGreetMs);
  for (const auto& text : {kSetChunk, kFirst, next(4096), next(8192), kEnd}) say(text);
  wait(kWsPartMs - 1ms);
  EXPECT_FALSE(closed());
  wait(1ms);
  EXPECT_EQ(outcome(), "ok");
}

TEST_F(Host, TakesTheOffsetFromTheMessage) {
  ask();
  say(next(8192));
  EXPECT_EQ(last_chunk, image.substr(8192));
  connect();
  wait(kWsGreetMs);
  say(kSetChunk);
  say(next(7));
  EXPECT_EQ(last_chunk, image.substr(7, 4096));
  EXPECT_EQ(host->sent(), 4103U);
}

TEST_F(Host, RefusalKeepsTheWords) {
  ask();
  EXPECT_THAT(say(R"({"name":"otaError","value":"Error start ota"})"), ElementsAre(kClose));
  EXPECT_EQ(outcome(), "not_wanted");
  EXPECT_EQ(host->refusal(), "Error start ota");
}

TEST_F(Host, RefusedRestart) {
  connect({.image = {}, .restart = true});
  wait(kWsGreetMs);
  for (const auto& text : {kSetChunk, kFirst, next(4096), next(8192), kEnd}) say(text);
  say(R"({"name":"otaError","value":"Error command"})");
  EXPECT_EQ(outcome(), "not_wanted");
  EXPECT_TRUE(host->installed());
}

TEST_F(Host, RestartsWithoutAnImage) {
  sends = false;
  connect({.restart = true});
  EXPECT_THAT(wait(kWsGreetMs), ElementsAre(kRestart));
  connect({.restart = true, .into = "safeboot"});
  EXPECT_THAT(wait(kWsGreetMs), ElementsAre(R"({"name":"otaRestartInto","value":"safeboot"})"));
  say(R"({"name":"otaError","value":"Error command"})");
  EXPECT_EQ(host->outcome().error().code, Code::not_wanted);
  connect({.restart = true, .into = "0123456789abcdef"});
  EXPECT_THAT(wait(kWsGreetMs),
              ElementsAre(R"({"name":"otaRestartInto","value":"0123456789abcdef"})"));
  EXPECT_TRUE((wait(kWsPartMs), host->outcome()));
}

TEST_F(Host, TrialIsLeftAlone) {
  connect();
  EXPECT_THAT(say(kTrial), ElementsAre(kClose));
  EXPECT_EQ(outcome(), "pending_confirm");
}

TEST_F(Host, TrialIsKeptThenSent) {
  connect({.image = {}, .restart = false, .trial = WsHost::Trial::keep});
  EXPECT_THAT(say(kTrial), ElementsAre(kKeep, kSize));
  EXPECT_TRUE(host->found_trial());
}

TEST_F(Host, OnlyKeeps) {
  sends = false;
  connect({.image = {}, .restart = false, .trial = WsHost::Trial::keep});
  EXPECT_THAT(say(kTrial), ElementsAre(kKeep, kClose));
  EXPECT_EQ(outcome(), "ok");
  connect({.image = {}, .restart = false, .trial = WsHost::Trial::keep});
  EXPECT_THAT(wait(kWsGreetMs), ElementsAre(kKeep, kClose)) << "some server libraries cannot ask";
  EXPECT_EQ(outcome(), "ok");
}

TEST_F(Host, GoesBack) {
  connect({.image = {}, .restart = false, .trial = WsHost::Trial::go_back});
  EXPECT_THAT(say(kTrial), ElementsAre(kGoBack));
  channel->on_lost(now);
  EXPECT_EQ(outcome(), "ok");
  connect({.image = {}, .restart = false, .trial = WsHost::Trial::go_back});
  EXPECT_THAT(wait(kWsGreetMs), ElementsAre(kClose)) << "nobody asked";
  EXPECT_EQ(outcome(), "not_pending");
}

TEST_F(Host, Deadlines) {
  connect();
  wait(kWsGreetMs);
  wait(kWsAnswerMs - 1ms);
  EXPECT_FALSE(closed());
  wait(1ms);
  EXPECT_EQ(outcome(), "timeout");
  ask();
  say(kFirst);
  wait(kWsChunkMs);
  EXPECT_EQ(outcome(), "timeout");
  ask();
  say(next(8192));
  wait(kWsAnswerMs - 1ms);
  EXPECT_FALSE(closed());
  wait(1ms);
  EXPECT_EQ(outcome(), "timeout");
}

// A byte at a time, each well within the limit for the next one.
TEST_F(Host, ADeviceThatDripsIsLeft) {
  connect();
  wait(kWsGreetMs);
  say(R"({"name":"otaSetChunkSize","value":1})");
  const Instant begun = now;
  for (std::uint64_t offset = 0; !closed() && now < begun + 1h; ++offset) {
    say(next(offset));
    wait(1s);
  }
  EXPECT_EQ(outcome(), "timeout");
  EXPECT_EQ(now, begun + kPaceMs);
}

TEST_F(Host, LossTellsHowFarItCame) {
  ask();
  say(kFirst);
  channel->on_lost(now);
  EXPECT_EQ(channel->outcome().error().code, Code::aborted);
  EXPECT_EQ(channel->outcome().error().found, 4096U);
  EXPECT_EQ(channel->outcome().error().expected, 10000U);
  ask();
  say(R"({"name":"otaCancel","value":"Cancel command"})");
  EXPECT_EQ(outcome(), "aborted");
}

struct Nonsense {
  const char* name;
  std::vector<std::string> texts;
};
class MakesNoSense : public Host, public testing::WithParamInterface<Nonsense> {};

TEST_P(MakesNoSense, IsAProtocolError) {
  connect();
  wait(kWsGreetMs);
  for (const std::string& text : GetParam().texts) say(text);
  EXPECT_EQ(outcome(), "protocol");
  EXPECT_TRUE(closed());
}

std::vector<std::string> the_same_for_ever() {
  std::vector<std::string> texts(kWsRepeats + 2, kFirst);
  texts.insert(texts.begin(), kSetChunk);
  return texts;
}

std::vector<std::string> to_and_fro_for_ever() {
  std::vector<std::string> texts{kSetChunk};
  for (unsigned i = 0; i < kWsRepeats; ++i) texts.insert(texts.end(), {next(4096), kFirst});
  return texts;
}

INSTANTIATE_TEST_SUITE_P(
    Devices, MakesNoSense,
    testing::Values(
        Nonsense{"no_json", {"hello"}}, Nonsense{"chunk_before_its_size", {kFirst}},
        Nonsense{"chunks_of_nothing", {R"({"name":"otaSetChunkSize","value":0})", kFirst}},
        Nonsense{"negative_chunk", {R"({"name":"otaSetChunkSize","value":-1})", kFirst}},
        Nonsense{"offset_at_the_end", {kSetChunk, next(10000)}},
        Nonsense{"offset_beyond", {kSetChunk, next(4294967296)}},
        Nonsense{"offset_that_is_none", {kSetChunk, R"({"name":"otaGetChunk","value":"x"})"}},
        Nonsense{"end_before_the_end", {kSetChunk, kFirst, kEnd}}, Nonsense{"end_at_once", {kEnd}},
        Nonsense{"the_same_for_ever", the_same_for_ever()},
        Nonsense{"to_and_fro_for_ever", to_and_fro_for_ever()},
        Nonsense{"long_text", {std::string(kWsTextBytes + 1, ' ')}}),
    [](const auto& row) { return row.param.name; });

TEST_F(Host, BinaryFromADeviceMakesNoSense) {
  ask();
  const std::string frame =
      samples::ws_frame({.opcode = WsOpcode::binary, .payload = "x", .masked = false});
  channel->on_bytes(as_bytes(frame), now);
  EXPECT_EQ(outcome(), "protocol");
}

TEST_F(Host, AnyChunkSizeIsFine) {
  connect();
  wait(kWsGreetMs);
  say(R"({"name":"otaSetChunkSize","value":9007199254740991})");
  EXPECT_THAT(say(kFirst), ElementsAre("<10000 bytes>"));
}

}  // namespace
}  // namespace updraft::link
