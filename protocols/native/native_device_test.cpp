// The device's end: the page's example byte for byte, in pieces and cut at every byte; what is
// refused; and the calls beside an update.
#include "protocols/native/native_device.hpp"

#include <gtest/gtest.h>

#include "protocols/native/native_bench.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/golden/suit_vectors.hpp"

namespace updraft::link {
namespace {

constexpr const char* kJson = "Content-Type: application/json\r\nContent-Length: ";

std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

std::string request(const std::string& line, Bytes body = {}, bool has_body = false) {
  std::string text = line + " HTTP/1.1\r\n";
  if (has_body) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(as_text(body));
}

// `p02-detached` of the vectors into a device whose idle slot holds its first chunk already
// (spec/protocols/native.md 2.2).
class Example : public testing::Test, protected NativeBench {
 protected:
  void SetUp() override {
    fresh();
    const std::string id = "/updraft/v1/session/9f3c52d07be11a64";
    steps = {{request("POST /updraft/v1/session", head, true),
              R"({"session":"9f3c52d07be11a64","received":0,"total":8528,)"
              R"("need":[{"part":0,"page":0}],"more":false})"},
             {request("PUT " + id + "/0/page/0", index, true),
              R"({"session":"9f3c52d07be11a64","received":4096,"total":8528,)"
              R"("need":[{"part":0,"from":4096,"to":8528}],"more":false})"},
             {request("PUT " + id + "/0/data?from=4096", Bytes(image).subspan(4096), true),
              R"({"session":"9f3c52d07be11a64","received":8528,"total":8528,)"
              R"("need":[],"more":false})"},
             {request("POST " + id + "/apply?restart=1"),
              R"({"result":"ok","slot":"ota_1","version":"1.3.0","digest":"818e8b2dfcf5bcc7",)"
              R"("trust":"signed","restart_ms":500})"}};
  }
  void fresh() {
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    std::copy_n(image.begin(), 4096, boot.slots[1].bytes.begin());
    signing_flash.bytes.assign(signing_flash.bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    power_on(golden::suit_file("k01-keyset-1.hex"));
  }

  struct Step {
    std::string said, answer;
  };
  std::vector<Step> steps;
  Buffer head = golden::suit_file("p02-detached.hex");
  Buffer index = golden::suit_file("demo-1.3.0.ix"), image = golden::suit_file("demo-1.3.0.bin");
};

TEST_F(Example, IsAnsweredByteForByte) {
  for (const std::size_t step : {std::size_t{1'000'000}, std::size_t{1}, std::size_t{7}}) {
    SCOPED_TRACE(step);
    fresh();
    NativeDevice device(*shared);
    device.on_connected(now);
    for (const Step& one : steps) {
      const bool created = one.said.starts_with("POST /updraft/v1/session H");
      const bool last = &one == &steps.back();
      std::string said;
      for (Bytes rest = as_bytes(one.said); !rest.empty();
           rest = rest.subspan(std::min(step, rest.size()))) {
        device.on_bytes(at_most(rest, step), now);
        std::array<std::byte, kLeastRoom> buffer;
        while (const std::size_t size = device.write_to(buffer)) {
          said += as_text(Bytes(buffer).first(size));
        }
      }
      EXPECT_EQ(said, std::string("HTTP/1.1 ") + (created ? "201 Created" : "200 OK") + "\r\n" +
                          kJson + std::to_string(one.answer.size()) + "\r\n" +
                          (last ? "Connection: close\r\n" : "") + "\r\n" + one.answer);
    }
    EXPECT_EQ(device.phase(), Phase::closed);
    EXPECT_EQ(device.wish(), NativeWish::restart);
    EXPECT_EQ(boot.selected, 1);
    EXPECT_TRUE(holds(image));
  }
}

// After each cut a new POST of the same head comes to its end, with at most one chunk sent twice.
TEST_F(Example, CutAtEveryByteGoesOn) {
  const host::PackageParts parts{head, index, image};
  NativePush whole(package_of(parts), false);
  ASSERT_EQ(word(talk(whole)), "ok");
  const std::uint64_t needed = whole.data_bytes();
  const std::uint64_t length = to_device;
  EXPECT_EQ(needed, image.size() - 4096);
  for (const bool off : {false, true}) {  // whether the device loses its power as well
    for (std::uint64_t cut = 1; cut < length; cut += 1 + cut / 200 * 3) {
      SCOPED_TRACE(testing::Message() << "cut after " << cut << (off ? ", power off" : ""));
      fresh();
      NativePush push(package_of(parts), false);
      const Result<> cut_off = talk(push, cut);
      if (cut_off) break;  // all that mattered had arrived
      if (off) power_on();
      if (boot.selected) continue;  // the answer was lost, the update was not
      ASSERT_EQ(word(talk(push)), "ok");
      EXPECT_LE(push.data_bytes(), needed + kNativeChunk + kSegment) << "and what was on its way";
      EXPECT_EQ(boot.selected, 1);
      EXPECT_TRUE(holds(image));
    }
  }
}

// Nothing of it is in what runs.
Buffer unlike(const std::string& version, std::size_t size) {
  return sim::make_image({.version = version, .size = size, .app = {}, .seed = 7});
}

class Device : public testing::Test, protected NativeBench {
 protected:
  Device() : NativeBench(3 * 1024 * 1024) { power_on(desk.key_set(1, desk.release_key)); }
  host::PackageParts release(Bytes what, std::uint64_t number = 7) {
    return host::parts_of(desk.package(what, {.sequence = number}), "");
  }
  host::PackageParts build(Bytes what) {
    return host::unsigned_parts(what, what, desk.product.class_id);
  }
  std::string push(const host::PackageParts& parts) {
    NativePush task(package_of(parts), true);
    const Result<> outcome = talk(task);
    sent = task.data_bytes();
    return task.is_current() ? "current" : word(outcome);
  }
  Buffer image = unlike("2.0.0", 200 * 1024);
  std::uint64_t sent = 0;
};

TEST_F(Device, TakesARelease) {
  EXPECT_EQ(push(release(image)), "ok");
  EXPECT_EQ(sent, image.size());
  EXPECT_EQ(wish, NativeWish::restart);
  EXPECT_EQ(log.trust, Trust::signed_image);
  restart();
  (void)updater->confirm();
  EXPECT_EQ(sequence(), 7u);
}

TEST_F(Device, ANextPushOfTheSameSendsNothing) {
  const Buffer other = demo_image("3.0.0", 150 * 1024);
  for (const host::PackageParts& parts : {release(image), build(other)}) {
    signing->arm();
    ASSERT_EQ(push(parts), "ok");
    restart();
    ASSERT_TRUE(updater->confirm().has_value());
    power_on();
    signing->arm();
    EXPECT_EQ(push(parts), "current");
    EXPECT_EQ(sent, 0u);
    EXPECT_TRUE(untouched());
  }
}

// The next build of what runs, whose version alone is another: the first chunk has it, the last one
// the image's digest.
TEST_F(Device, OfTheNextBuildOnlyWhatDiffersIsSent) {
  const Buffer one = demo_image("1.1.0", 900 * 1024), next = demo_image("1.2.0", 900 * 1024);
  ASSERT_EQ(push(release(one)), "ok");
  restart();
  ASSERT_TRUE(updater->confirm().has_value());
  power_on();
  EXPECT_EQ(push(release(next, 8)), "ok");
  EXPECT_EQ(sent, 2 * kNativeChunk);
  EXPECT_TRUE(holds(next));
}

TEST_F(Device, OneOfSeveralPages) {
  const Buffer large = unlike("2.0.0", 900 * 1024);
  EXPECT_EQ(push(release(large)), "ok");
  EXPECT_EQ(sent, large.size());
  EXPECT_TRUE(holds(large));
}

// An unsigned build: its sender is known, so it goes by the gate's rows for such.
TEST_F(Device, TakesABuildWhileItIsArmed) {
  EXPECT_EQ(push(build(image)), "not_armed");
  EXPECT_TRUE(untouched());
  EXPECT_NE(ask(request("POST /updraft/v1/arm?seconds=60")).find("{\"armed\":60}"),
            std::string::npos);
  EXPECT_EQ(push(build(image)), "ok");
  EXPECT_EQ(log.trust, Trust::sender);
  EXPECT_EQ(sequence(), 0u) << "no release";
}

TEST_F(Device, ABuildOfAnotherProductIsRefused) {
  signing->arm();
  host::Id other = desk.product.class_id;
  other[0] ^= std::byte{1};
  EXPECT_EQ(push(host::unsigned_parts(image, image, other)), "wrong_product");
  EXPECT_TRUE(untouched());
}

// A build's head says nothing that could make a signed package of it.
TEST_F(Device, NoSignatureIsNoRelease) {
  host::PackageParts parts = release(image);
  signing->arm();
  host::PackageParts bare = build(image);
  ASSERT_EQ(push(bare), "ok");
  ASSERT_EQ(log.trust, Trust::sender);
  // Signed by a stranger: not judged as a build either.
  const host::SigningKey stranger = host::SigningKey::generate();
  parts = host::parts_of(desk.package(image, {.sequence = 9, .key = &stranger}), "");
  power_on();
  signing->arm();
  EXPECT_EQ(push(parts), "key_unknown");
}

TEST_F(Device, RefusesWhatItDidNotAskFor) {
  const host::PackageParts parts = release(image);
  const std::string id = "/updraft/v1/session/9f3c52d07be11a64";
  const auto status_of_put = [&](const std::string& path, Bytes body) {
    (void)ask(request("POST /updraft/v1/session", parts.head, true));
    return ask(request("PUT " + id + path, body, true)).substr(9, 3);
  };
  EXPECT_EQ(status_of_put("/0/page/1", Bytes(parts.index)), "409");
  EXPECT_EQ(status_of_put("/1/page/0", Bytes(parts.index)), "409");
  EXPECT_EQ(status_of_put("/0/page/0", Bytes(parts.index).first(32)), "409");
  EXPECT_EQ(status_of_put("/0/data?from=0", Bytes(parts.transfer).first(4096)), "409");
  EXPECT_EQ(ask(request("POST " + id + "/apply")).substr(9, 12), "409 Conflict") << "not complete";
  EXPECT_EQ(status_of_put("/0/page/0", Bytes(parts.index)), "200");
  EXPECT_EQ(status_of_put("/0/data?from=4096", Bytes(parts.transfer).first(4096)), "409");
  EXPECT_EQ(status_of_put("/0/data?from=0", Bytes(parts.transfer).first(4095)), "409");
  EXPECT_EQ(status_of_put("/0/data?from=0", Bytes(parts.transfer).first(8192)), "409");
  EXPECT_EQ(status_of_put("/0/data?from=0", Bytes(parts.transfer).first(4096)), "200");
  EXPECT_TRUE(log.ended.empty()) << "none of it has ended the session";
}

TEST_F(Device, ADamagedPartIsAskedForAgain) {
  host::PackageParts parts = release(image);
  parts.transfer[100'000] ^= std::byte{1};
  EXPECT_EQ(push(parts), "chunk_mismatch");
  EXPECT_FALSE(boot.selected);
  EXPECT_TRUE(log.ended.empty()) << "the session goes on";
  parts.transfer[100'000] ^= std::byte{1};
  EXPECT_EQ(push(parts), "ok");
  EXPECT_EQ(sent, image.size() - 98'304) << "what came before it is kept";
  EXPECT_TRUE(holds(image));
}

TEST_F(Device, ADamagedPageIsAskedForAgain) {
  const Buffer large = unlike("2.0.0", 900 * 1024);
  host::PackageParts parts = release(large);
  parts.index[5000] ^= std::byte{1};
  EXPECT_EQ(push(parts), "index_mismatch");
  parts.index[5000] ^= std::byte{1};
  EXPECT_EQ(push(parts), "ok");
  EXPECT_TRUE(holds(large));
}

// After the power went away as after a lost connection: chunks whose cells are in doubt are read,
// judged by their digests and written again; only what is not whole comes again.
TEST_F(Device, APowerCutCostsOneChunk) {
  const std::size_t cuts = sweep() == Sweep::sample ? 7 : 23;
  for (const std::size_t size : {200 * 1024, 900 * 1024, 1'400 * 1024, 2'600 * 1024}) {
    const Buffer next = unlike("2.0.0", size);
    for (const host::PackageParts& parts : {release(next), build(next)}) {
      std::int64_t most_twice = 0;
      for (std::size_t at = 8'000; at < size; at += size / cuts + 997) {
        SCOPED_TRACE(testing::Message() << size << " bytes, cut after " << at);
        boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0x5A});
        memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
        power_on();
        signing->arm();
        NativePush task(package_of(parts), true);
        ASSERT_FALSE(talk(task, at).has_value());
        power_on();
        signing->arm();
        ASSERT_EQ(push(parts), "ok");
        EXPECT_TRUE(holds(next));
        most_twice = std::max(most_twice, static_cast<std::int64_t>(task.data_bytes() + sent) -
                                              static_cast<std::int64_t>(next.size()));
      }
      EXPECT_GT(most_twice, 0);
      EXPECT_LE(most_twice, std::int64_t{kNativeChunk + kSegment}) << "and what was on its way";
    }
  }
}

// An erase that a cut left unfinished, also at the beginning of a block of 64 KiB: what lies behind
// it is not erased with it.
TEST_F(Device, AHoleInWhatTheSlotHoldsCostsItself) {
  const Buffer next = unlike("2.0.0", 300 * 1024);
  const host::PackageParts parts = release(next);
  for (const std::size_t hole : {std::size_t{kFlashBlock}, std::size_t{kFlashBlock} + 20 * 4096,
                                 std::size_t{3} * kFlashBlock}) {  // of the block in doubt
    SCOPED_TRACE(hole);
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0x5A});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    power_on();
    NativePush task(package_of(parts), true);
    ASSERT_FALSE(talk(task, 260'000).has_value());
    std::fill_n(boot.slots[1].bytes.begin() + static_cast<std::ptrdiff_t>(hole), 4096,
                std::byte{0xFF});
    power_on();
    ASSERT_EQ(push(parts), "ok");
    EXPECT_LE(task.data_bytes() + sent, next.size() + 2 * kNativeChunk + kSegment);
    EXPECT_TRUE(holds(next));
  }
}

TEST_F(Device, StaleSessionsAreGone) {
  const std::string id = "/updraft/v1/session/0000000000000000";
  for (const std::string& line : {"GET " + id, "DELETE " + id, "POST " + id + "/apply"}) {
    EXPECT_EQ(ask(request(line)).substr(9, 3), "404") << line;
  }
}

TEST_F(Device, HoldsASessionForAWhile) {
  const host::PackageParts parts = release(image);
  (void)ask(request("POST /updraft/v1/session", parts.head, true));
  ASSERT_TRUE(shared->session.is_open());
  shared->session.on_time(now + kNativeHoldMs - Millis{1});
  EXPECT_TRUE(shared->session.is_open());
  shared->session.on_time(now + kNativeHoldMs);
  EXPECT_FALSE(shared->session.is_open());
  EXPECT_EQ(log.ended.back(), "aborted");
}

// Whether the session still stands or not.
TEST_F(Device, WhoComesBackLaterSendsNoMore) {
  const Buffer next = unlike("2.0.0", 900 * 1024);
  const host::PackageParts parts = release(next);
  for (const Millis pause : {Millis{0}, kNativeHoldMs, kNativeHoldMs * 20, kNativeHoldMs * 200}) {
    SCOPED_TRACE(pause.count());
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0x5A});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    power_on();
    NativePush task(package_of(parts), true);
    ASSERT_FALSE(talk(task, 500'000).has_value());
    now += pause;
    shared->session.on_time(now);
    ASSERT_EQ(shared->session.is_open(), pause < kNativeHoldMs);
    ASSERT_EQ(push(parts), "ok");
    EXPECT_LE(task.data_bytes() + sent, next.size() + kNativeChunk + kSegment);
    EXPECT_TRUE(holds(next));
  }
}

TEST_F(Device, WhatElseIsWantedDoesNotWaitForOneThatWasLeft) {
  const host::PackageParts parts = release(image);
  for (const bool left : {false, true}) {
    power_on();
    NativeDevice device(*shared);
    device.on_connected(now);
    std::string said;
    const auto hear = [&](const std::string& text) {
      device.on_bytes(as_bytes(text), now);
      std::array<std::byte, 4096> buffer;
      said.clear();
      while (const std::size_t size = device.write_to(buffer)) {
        said += as_text(Bytes(buffer).first(size));
      }
    };
    hear(request("POST /updraft/v1/session", parts.head, true));
    ASSERT_TRUE(shared->session.is_open());
    const std::string restart = request("POST /updraft/v1/restart");
    if (left) {
      device.on_lost(now);
      said = ask(restart);
    } else {
      hear(restart);
    }
    EXPECT_EQ(said.substr(9, 3), left ? "200" : "409") << said;
    EXPECT_EQ(shared->session.is_open(), !left);
  }
}

TEST_F(Device, AnotherPackageTakesThePlaceOfOneThatWasLeft) {
  const host::PackageParts one = release(image), other = release(demo_image("3.0.0"), 8);
  (void)ask(request("POST /updraft/v1/session", one.head, true));
  EXPECT_EQ(push(other), "ok");
  EXPECT_EQ(log.version, "3.0.0");
}

TEST_F(Device, AnotherPackageOnTheSameConnectionIsBusy) {
  const host::PackageParts one = release(image), other = release(demo_image("3.0.0"), 8);
  const std::string reply = ask(request("POST /updraft/v1/session", one.head, true));
  ASSERT_EQ(reply.substr(9, 3), "201");
  NativeDevice device(*shared);
  device.on_connected(now);
  for (const Bytes head : {Bytes(one.head), Bytes(other.head)}) {
    device.on_bytes(as_bytes(request("POST /updraft/v1/session", head, true)), now);
    std::array<std::byte, 4096> buffer;
    std::string said;
    while (const std::size_t size = device.write_to(buffer))
      said += as_text(Bytes(buffer).first(size));
    EXPECT_EQ(said.substr(9, 3), head.data() == one.head.data() ? "201" : "409");
  }
}

class NativeDeviceWithoutKeys : public testing::Test, protected NativeBench {
 protected:
  NativeDeviceWithoutKeys() { power_on(); }
};

TEST_F(Device, TellsOfItself) {
  const std::string told = body_of(ask(request("GET /updraft/v1/device")));
  for (const char* part :
       {R"({"v":1,"id":"a0b1c2d3e4f5","class":")", R"("chip":"esp32c3")", R"("slot":"ota_0")",
        R"("state":"valid")", R"("keyset":1)", R"("armed":0)", R"("refused_peers":0)"}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << " in " << told;
  }
}

TEST_F(Device, KeepsAndGoesBack) {
  EXPECT_EQ(ask(request("POST /updraft/v1/confirm")).substr(9, 3), "409");
  EXPECT_EQ(ask(request("POST /updraft/v1/rollback")).substr(9, 3), "409");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(body_of(ask(request("POST /updraft/v1/confirm"))), R"({"state":"valid"})");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(body_of(ask(request("POST /updraft/v1/rollback"))),
            R"({"to":"ota_1","restart_ms":500})");
  EXPECT_EQ(wish, NativeWish::roll_back);
}

TEST_F(Device, TakesTheNextKeySet) {
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

TEST_F(Device, TellsWhatHappened) {
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

TEST_F(Device, WaitsForAnEvent) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_bytes(as_bytes(request("GET /updraft/v1/events?after=0&wait=20")), now);
  std::array<std::byte, 4096> buffer;
  EXPECT_EQ(device.write_to(buffer), 0u);
  EXPECT_FALSE(device.proven()) << "it gives way to a push";
  device.on_waiting(now);
  board.events.emplace_back(R"({"event":"confirm"})");
  device.on_deadline(*device.deadline());
  EXPECT_NE(as_text(Bytes(buffer).first(device.write_to(buffer))).find("200 OK"),
            std::string_view::npos);
}

TEST_F(Device, ClosesWhoIsSilent) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_waiting(now);
  EXPECT_EQ(device.deadline(), now + kNativeHandshakeMs);
  device.on_bytes(as_bytes("GET /upd"), now);
  device.on_waiting(now);
  EXPECT_EQ(device.deadline(), now + kNativeStallMs);
  device.on_deadline(now + kNativeStallMs);
  std::array<std::byte, 4096> buffer;
  std::string said;
  while (const std::size_t size = device.write_to(buffer))
    said += as_text(Bytes(buffer).first(size));
  EXPECT_EQ(said.substr(9, 3), "408");
  EXPECT_EQ(device.phase(), Phase::closed);
}

TEST_F(Device, GivesWayOnceItIsIdle) {
  NativeDevice device(*shared);
  device.on_connected(now);
  device.on_bytes(as_bytes(request("GET /updraft/v1/device")), now);
  std::array<std::byte, 4096> buffer;
  while (device.write_to(buffer) != 0) {
  }
  device.on_waiting(now);
  EXPECT_TRUE(device.proven());
  device.on_deadline(now + kNativeQuietMs);
  EXPECT_FALSE(device.proven());
  device.on_waiting(now + kNativeQuietMs);
  EXPECT_EQ(device.deadline(), now + kNativeIdleMs);
  device.on_deadline(now + kNativeIdleMs);
  EXPECT_EQ(device.phase(), Phase::closed);
}

TEST_F(Device, AHeadThatDoesNotEndIsRefused) {
  const std::string said = ask("GET /updraft/v1/device HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_EQ(said.substr(9, 3), "431");
}

TEST_F(Device, LengthsThatLieChangeNothing) {
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
