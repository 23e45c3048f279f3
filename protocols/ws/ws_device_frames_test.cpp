// The frames of a WsDevice: fragments, limits, and what breaks the rules of RFC 6455.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/ws/ws_bench.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_said_samples.hpp"

namespace updraft::link {
namespace {

using samples::blob, samples::WsOpcode, samples::ws_binary, samples::ws_frame, samples::ws_text;
using testing::ElementsAre, testing::IsEmpty;
using namespace samples::said;

class DeviceFrames : public testing::Test, protected WsBench {};

TEST_F(DeviceFrames, FragmentsAreOneMessage) {
  start(300);
  std::string wire = ws_frame({WsOpcode::binary, blob(100), false});
  wire += ws_frame({WsOpcode::ping, "hello"});
  wire += ws_frame({WsOpcode::continuation, "", false});
  wire += ws_frame({WsOpcode::continuation, blob(50), false});
  EXPECT_THAT(send(wire, 3), ElementsAre("pong hello"));
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, blob(50)})), ElementsAre(next(200)));
  EXPECT_THAT(chunk(blob(100)), ElementsAre(kEnd));
  EXPECT_EQ(intake.last_bytes.size(), 300U);
}

TEST_F(DeviceFrames, RefusesMoreThanSixtyFourFragments) {
  start(300);
  std::string wire = ws_frame({WsOpcode::binary, "x", false});
  for (std::size_t i = 1; i < kWsFragments; ++i) {
    wire += ws_frame({WsOpcode::continuation, "", false});
  }
  EXPECT_THAT(send(wire), IsEmpty());
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, ""})), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls + intake.reports, "protocol");
}

struct Length {
  const char* name;
  std::uint64_t announced;
};
class Oversized : public DeviceFrames, public testing::WithParamInterface<Length> {};

TEST_P(Oversized, BinaryIsRefusedByItsHead) {
  start(100'000);
  const std::string head =
      ws_frame({.opcode = WsOpcode::binary, .announced = GetParam().announced});
  EXPECT_THAT(send(head, 1), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls + intake.reports, "protocol");
  EXPECT_TRUE(closed());
  connect();
  EXPECT_THAT(start(100'000), ElementsAre(kSetChunk, kFirst)) << "the next one works";
}

TEST_P(Oversized, AlsoWhereNoUpdateRuns) {
  const std::string head =
      ws_frame({.opcode = WsOpcode::binary, .announced = GetParam().announced});
  EXPECT_THAT(send(head), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls, "");
}

INSTANTIATE_TEST_SUITE_P(Lengths, Oversized,
                         testing::Values(Length{"one_more", kWsChunk + 1}, Length{"u16", 0xffff},
                                         Length{"u32", 0xffffffff}, Length{"i63", INT64_MAX},
                                         Length{"two_to_63", 1ull << 63},
                                         Length{"u64", UINT64_MAX}),
                         [](const auto& row) { return row.param.name; });

TEST_F(DeviceFrames, FragmentsTogetherHaveTheSameLimit) {
  start(100'000);
  EXPECT_THAT(send(ws_frame({WsOpcode::binary, blob(kWsChunk), false})), IsEmpty());
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, "x"})),
              ElementsAre(kErrorWrite, "close 1009"));
}

TEST_F(DeviceFrames, TextHasALimit) {
  const std::string json = R"({"name":"nothing","value":1})";
  EXPECT_THAT(say(json + std::string(kWsTextBytes - json.size(), ' ')), IsEmpty());
  EXPECT_THAT(say(json + std::string(kWsTextBytes + 1 - json.size(), ' ')),
              ElementsAre(error("Error json str"), "close 1009"));
}

struct BadFrame {
  const char* name;
  std::string wire;
};
class AgainstTheRules : public DeviceFrames, public testing::WithParamInterface<BadFrame> {};

TEST_P(AgainstTheRules, Closes1002) {
  start(1000);
  send(ws_binary(blob(300)));
  const Talk talk = send(GetParam().wire);
  ASSERT_FALSE(talk.empty());
  EXPECT_EQ(talk.back(), "close 1002");
  EXPECT_FALSE(intake.in_session);
  EXPECT_TRUE(closed());
}

INSTANTIATE_TEST_SUITE_P(
    Frames, AgainstTheRules,
    testing::Values(BadFrame{"unmasked", ws_frame({.payload = kCancel, .masked = false})},
                    BadFrame{"reserved_bit", std::string("\xC1\x80", 2)},
                    BadFrame{"unknown_opcode", std::string("\x83\x80", 2)},
                    BadFrame{"unknown_control", std::string("\x8B\x80", 2)},
                    BadFrame{"long_ping", ws_frame({WsOpcode::ping, blob(126)})},
                    BadFrame{"fragmented_ping", ws_frame({WsOpcode::ping, "x", false})},
                    BadFrame{"continues_nothing", ws_frame({WsOpcode::continuation, "x"})},
                    BadFrame{"text_within_a_message",
                             ws_frame({WsOpcode::binary, "x", false}) + ws_text(kCancel)}),
    [](const auto& row) { return row.param.name; });

// Found by fuzz/ws_device: the peer goes on sending after a control frame that was refused, before
// our close frame is out.
TEST_F(DeviceFrames, BytesBehindARefusedHeadAreNotRead) {
  const std::string head =
      ws_frame({.opcode = WsOpcode::close, .announced = std::uint64_t{0x3131313131313131}});
  for (const std::string& part : {head.substr(0, 2), head.substr(2), blob(5000), blob(5000)}) {
    channel->on_bytes(as_bytes(part), now);
  }
  EXPECT_THAT(hear(), ElementsAre("close 1002"));
  EXPECT_TRUE(closed());
}

TEST_F(DeviceFrames, PongsTheLongestPing) {
  EXPECT_THAT(send(ws_frame({WsOpcode::ping, blob(kWsControl)}), 1),
              ElementsAre("pong " + blob(kWsControl)));
}

TEST_F(DeviceFrames, CloseIsAnsweredAndAborts) {
  start(1000);
  chunk(blob(100));
  EXPECT_THAT(send(ws_frame({WsOpcode::close, std::string("\x03\xe8", 2)})),
              ElementsAre("close 1000"));
  EXPECT_EQ(intake.calls, "begin abort:aborted");
  EXPECT_EQ(outcome(), "aborted");
}

}  // namespace
}  // namespace updraft::link
