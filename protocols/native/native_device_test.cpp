// What a connection goes through beside updates: the calls of a device's owner, and strangers who
// say nothing, too much, or lie about lengths.
#include "protocols/native/native_device.hpp"

#include <gtest/gtest.h>

#include "protocols/native/native_bench.hpp"

namespace updraft::link {
namespace {

std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

class NativeDeviceTest : public testing::Test, protected NativeBench {
 protected:
  NativeDeviceTest() { power_on(desk.key_set(1, desk.release_key)); }
};

class NativeDeviceWithoutKeys : public testing::Test, protected NativeBench {
 protected:
  NativeDeviceWithoutKeys() { power_on(); }
};

TEST_F(NativeDeviceTest, TellsOfItself) {
  const std::string told = body_of(ask(request("GET /updraft/v1/device")));
  for (const char* part :
       {R"({"v":1,"id":"a0b1c2d3e4f5","class":")", R"("chip":"esp32c3")", R"("slot":"ota_0")",
        R"("state":"valid")", R"("keyset":1)", R"("armed":0)", R"("refused_peers":0)"}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << " in " << told;
  }
}

TEST_F(NativeDeviceTest, KeepsAndGoesBack) {
  EXPECT_EQ(ask(request("POST /updraft/v1/confirm")).substr(9, 3), "409");
  EXPECT_EQ(ask(request("POST /updraft/v1/rollback")).substr(9, 3), "409");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(body_of(ask(request("POST /updraft/v1/confirm"))), R"({"state":"valid"})");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(body_of(ask(request("POST /updraft/v1/rollback"))),
            R"({"to":"ota_1","restart_ms":500})");
  EXPECT_EQ(wish, NativeWish::roll_back);
}

TEST_F(NativeDeviceTest, TakesTheNextKeySet) {
  const Buffer next = desk.key_set(2, desk.next_key);
  EXPECT_EQ(body_of(ask(request("PUT /updraft/v1/keyset", next, true))), R"({"keyset":2})");
  EXPECT_EQ(signing->key_set_version(), 2u);
  const Buffer skips = desk.key_set(4, desk.next_key);
  EXPECT_EQ(ask(request("PUT /updraft/v1/keyset", skips, true)).substr(9, 3), "422");
}

// A device that held none: from its owner alone, and once.
TEST_F(NativeDeviceWithoutKeys, TakesTheFirstKeySet) {
  Buffer damaged = desk.key_set(3, desk.release_key);
  const Buffer set = damaged;
  damaged.back() ^= std::byte{1};
  EXPECT_EQ(ask(request("PUT /updraft/v1/keyset", damaged, true)).substr(9, 3), "422");
  EXPECT_EQ(signing->key_set_version(), 0u);
  EXPECT_EQ(body_of(ask(request("PUT /updraft/v1/keyset", set, true))), R"({"keyset":3})");
  EXPECT_EQ(body_of(ask(request("PUT /updraft/v1/keyset", set, true))), R"({"keyset":3})")
      << "the same again is nothing to do";
  EXPECT_EQ(
      ask(request("PUT /updraft/v1/keyset", desk.key_set(1, desk.next_key), true)).substr(9, 3),
      "422");
  EXPECT_EQ(signing->stand(), Stand::closed);
  power_on();
  EXPECT_EQ(signing->key_set_version(), 3u);
}

TEST_F(NativeDeviceTest, TellsWhatHappened) {
  board.events = {R"({"event":"boot"})", R"({"event":"confirm"})"};
  EXPECT_EQ(body_of(ask(request("GET /updraft/v1/events"))),
            R"({"next":2,"events":[{"n":1,"event":"boot"},{"n":2,"event":"confirm"}]})");
  EXPECT_EQ(body_of(ask(request("GET /updraft/v1/events?after=1"))),
            R"({"next":2,"events":[{"n":2,"event":"confirm"}]})");
  EXPECT_EQ(body_of(ask(request("GET /updraft/v1/events?after=2"))), R"({"next":2,"events":[]})");
  board.events.assign(40, "{\"event\":\"" + std::string(200, 'x') + "\"}");
  const std::string cut = body_of(ask(request("GET /updraft/v1/events")));
  EXPECT_LE(cut.size(), kNativeReplyBytes);
  EXPECT_TRUE(cut.ends_with("]}")) << "as many as fit, and whole";
}

TEST_F(NativeDeviceTest, WaitsForAnEvent) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_bytes(as_bytes(request("GET /updraft/v1/events?after=0&wait=20")), now);
  EXPECT_EQ(said_by(device), "");
  EXPECT_FALSE(device.proven()) << "it gives way to a push";
  device.on_waiting(now);
  board.events.emplace_back(R"({"event":"confirm"})");
  device.on_deadline(*device.deadline());
  EXPECT_NE(said_by(device).find("200 OK"), std::string::npos);
}

TEST_F(NativeDeviceTest, ClosesWhoIsSilent) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_waiting(now);
  EXPECT_EQ(device.deadline(), now + kNativeHandshakeMs);
  device.on_bytes(as_bytes("GET /upd"), now);
  device.on_waiting(now);
  EXPECT_EQ(device.deadline(), now + kNativeStallMs);
  device.on_deadline(now + kNativeStallMs);
  EXPECT_EQ(said_by(device).substr(9, 3), "408");
  EXPECT_EQ(device.phase(), Phase::closed);
}

TEST_F(NativeDeviceTest, GivesWayOnceItIsIdle) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_bytes(as_bytes(request("GET /updraft/v1/device")), now);
  EXPECT_NE(said_by(device), "");
  device.on_waiting(now);
  EXPECT_TRUE(device.proven());
  device.on_deadline(now + kNativeQuietMs);
  EXPECT_FALSE(device.proven());
  device.on_waiting(now + kNativeQuietMs);
  EXPECT_EQ(device.deadline(), now + kNativeIdleMs);
  device.on_deadline(now + kNativeIdleMs);
  EXPECT_EQ(device.phase(), Phase::closed);
}

TEST_F(NativeDeviceTest, AHeadThatDoesNotEndIsRefused) {
  const std::string said = ask("GET /updraft/v1/device HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_EQ(said.substr(9, 3), "431");
}

TEST_F(NativeDeviceTest, LengthsThatLieChangeNothing) {
  for (const std::string& length :
       {std::string("0"), std::string("4097"), std::string("4294967295"),
        std::string("18446744073709551615"), std::string("-1")}) {
    const std::string said =
        ask("POST /updraft/v1/session HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n");
    EXPECT_EQ(said.substr(9, 1), "4") << length << ": " << said;
  }
  EXPECT_TRUE(untouched());
}

}  // namespace
}  // namespace updraft::link
