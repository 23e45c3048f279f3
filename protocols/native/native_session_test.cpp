// Updates by native push: releases and builds, what is kept of one that was cut off, and what the
// device did not ask for.
#include "protocols/native/native_session.hpp"

#include <gtest/gtest.h>

#include "protocols/native/native_bench.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::link {
namespace {

// Nothing of it is in what runs.
Buffer unlike(const std::string& version, std::size_t size) {
  return sim::make_image({.version = version, .size = size, .app = {}, .seed = 7});
}

class NativeSessionTest : public testing::Test, protected NativeBench {
 protected:
  NativeSessionTest() : NativeBench(3 * 1024 * 1024) {
    power_on(desk.key_set(1, desk.release_key));
  }
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

TEST_F(NativeSessionTest, TakesARelease) {
  EXPECT_EQ(push(release(image)), "ok");
  EXPECT_EQ(sent, image.size());
  EXPECT_EQ(wish, NativeWish::restart);
  EXPECT_EQ(log.trust, Trust::signed_image);
  restart();
  (void)updater->confirm();
  EXPECT_EQ(sequence(), 7u);
}

TEST_F(NativeSessionTest, ANextPushOfTheSameSendsNothing) {
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
TEST_F(NativeSessionTest, OfTheNextBuildOnlyWhatDiffersIsSent) {
  const Buffer one = demo_image("1.1.0", 900 * 1024), next = demo_image("1.2.0", 900 * 1024);
  ASSERT_EQ(push(release(one)), "ok");
  restart();
  ASSERT_TRUE(updater->confirm().has_value());
  power_on();
  EXPECT_EQ(push(release(next, 8)), "ok");
  EXPECT_EQ(sent, 2 * kNativeChunk);
  EXPECT_TRUE(holds(next));
}

TEST_F(NativeSessionTest, OneOfSeveralPages) {
  const Buffer large = unlike("2.0.0", 900 * 1024);
  EXPECT_EQ(push(release(large)), "ok");
  EXPECT_EQ(sent, large.size());
  EXPECT_TRUE(holds(large));
}

// An unsigned build: its sender is known, so it goes by the gate's rows for such.
TEST_F(NativeSessionTest, TakesABuildWhileItIsArmed) {
  EXPECT_EQ(push(build(image)), "not_armed");
  EXPECT_TRUE(untouched());
  EXPECT_NE(ask(request("POST /updraft/v1/arm?seconds=60")).find("{\"armed\":60}"),
            std::string::npos);
  EXPECT_EQ(push(build(image)), "ok");
  EXPECT_EQ(log.trust, Trust::sender);
  EXPECT_EQ(sequence(), 0u) << "no release";
}

TEST_F(NativeSessionTest, ABuildOfAnotherProductIsRefused) {
  signing->arm();
  host::Id other = desk.product.class_id;
  other[0] ^= std::byte{1};
  EXPECT_EQ(push(host::unsigned_parts(image, image, other)), "wrong_product");
  EXPECT_TRUE(untouched());
}

// A build's head says nothing that could make a signed package of it.
TEST_F(NativeSessionTest, NoSignatureIsNoRelease) {
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

TEST_F(NativeSessionTest, RefusesWhatItDidNotAskFor) {
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

TEST_F(NativeSessionTest, ADamagedPartIsAskedForAgain) {
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

TEST_F(NativeSessionTest, ADamagedPageIsAskedForAgain) {
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
TEST_F(NativeSessionTest, APowerCutCostsOneChunk) {
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
TEST_F(NativeSessionTest, AHoleInWhatTheSlotHoldsCostsItself) {
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

TEST_F(NativeSessionTest, StaleSessionsAreGone) {
  const std::string id = "/updraft/v1/session/0000000000000000";
  for (const std::string& line : {"GET " + id, "DELETE " + id, "POST " + id + "/apply"}) {
    EXPECT_EQ(ask(request(line)).substr(9, 3), "404") << line;
  }
}

TEST_F(NativeSessionTest, HoldsASessionForAWhile) {
  const host::PackageParts parts = release(image);
  (void)ask(request("POST /updraft/v1/session", parts.head, true));
  ASSERT_TRUE(shared->session.is_open());
  shared->session.on_time(now + kNativeHoldMs - Millis{1});
  EXPECT_TRUE(shared->session.is_open());
  shared->session.on_time(now + kNativeHoldMs);
  EXPECT_FALSE(shared->session.is_open());
  EXPECT_EQ(log.ended.back(), "aborted");
}

TEST_F(NativeSessionTest, AnotherPackageTakesThePlaceOfOneThatWasLeft) {
  const host::PackageParts one = release(image), other = release(demo_image("3.0.0"), 8);
  (void)ask(request("POST /updraft/v1/session", one.head, true));
  EXPECT_EQ(push(other), "ok");
  EXPECT_EQ(log.version, "3.0.0");
}

TEST_F(NativeSessionTest, AnotherPackageOnTheSameConnectionIsBusy) {
  const host::PackageParts one = release(image), other = release(demo_image("3.0.0"), 8);
  const std::string reply = ask(request("POST /updraft/v1/session", one.head, true));
  ASSERT_EQ(reply.substr(9, 3), "201");
  NativeDevice device(*shared);
  device.on_connected(now);
  for (const Bytes head : {Bytes(one.head), Bytes(other.head)}) {
    device.on_bytes(as_bytes(request("POST /updraft/v1/session", head, true)), now);
    EXPECT_EQ(said_by(device).substr(9, 3), head.data() == one.head.data() ? "201" : "409");
  }
}

}  // namespace
}  // namespace updraft::link
