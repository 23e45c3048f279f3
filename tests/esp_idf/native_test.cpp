// The native push at the service's door: what is installed, what goes on after a cut, and what its
// owner may ask for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/esp_idf/native_door.hpp"
#include "tests/esp_idf/native_chip.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST_F(NativeOnChip, TakesABuildFromWhoIsPaired) {
  start();
  const Image next = make_image("2.0.0", 100 * 1024);
  EXPECT_EQ(push(next), "ok");
  EXPECT_EQ(data_bytes, next.size() - 2 * link::kNativeChunk) << "what runs has those as well";
  EXPECT_EQ(bench.ends.back(), "ok");
  restart();
  EXPECT_EQ(bench.chip.running(), "2.0.0");
  EXPECT_EQ(ask("POST", "/confirm").status, 200);
  EXPECT_EQ(push(next), "current");
  EXPECT_EQ(data_bytes, 0u);
}

TEST_F(NativeOnChip, TwoInARow) {
  start();
  for (const char* const version : {"2.0.0", "3.0.0"}) {
    ASSERT_EQ(push(make_image(version)), "ok");
    restart();
    ASSERT_EQ(bench.chip.running(), version);
    EXPECT_EQ(push(make_image("9.0.0")), "pending_confirm") << "it is on trial";
    EXPECT_EQ(ask("POST", "/confirm").status, 200);
    EXPECT_EQ(ask("GET", "/device").state.view(), "valid");
  }
}

TEST_F(NativeOnChip, GoesBackWhereItsOwnerWantsIt) {
  start();
  EXPECT_EQ(ask("POST", "/rollback").status, 409) << "nothing is on trial";
  ASSERT_EQ(push(make_image("2.0.0")), "ok");
  restart();
  EXPECT_EQ(ask("POST", "/rollback").status, 200);
  restart();
  EXPECT_EQ(bench.chip.running(), "1.0.0");
  EXPECT_EQ(push(make_image("2.0.0")), "known_bad");
}

// Of what was on the wire before the cut: the last record, which could not be opened, and a chunk.
constexpr std::size_t kLost = link::kNativeChunk + 4096 + 512;
constexpr std::size_t kHandshakeAndHeads = 3'000;

TEST_F(NativeOnChip, ACutCostsOneChunk) {
  start();
  const Image next = make_image("2.0.0", 150 * 1024);
  const host::PackageParts parts = build(next);
  EXPECT_EQ(push(parts, 90'000), "aborted");
  EXPECT_EQ(push(parts), "ok");
  EXPECT_LE(data_bytes, next.size() - (90'000 - kHandshakeAndHeads) + kLost);
  EXPECT_THAT(bench.ends, testing::ElementsAre("ok")) << "one session";
  restart();
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(NativeOnChip, SoDoesAPowerCut) {
  start();
  const Image next = make_image("2.0.0", 150 * 1024);
  const host::PackageParts parts = build(next);
  EXPECT_EQ(push(parts, 120'000), "aborted");
  EXPECT_EQ(ask("GET", "/device").status, 200) << "once it has seen the cut";
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_EQ(push(parts), "ok");
  EXPECT_LE(data_bytes, next.size() - (120'000 - kHandshakeAndHeads) + kLost);
}

TEST_F(NativeOnChip, TellsWhatHappened) {
  start();
  ASSERT_EQ(push(Image(2000, std::byte{'<'})), "not_an_image");
  const linux_port::TlsKey key = tls_key(pairing);
  ASSERT_EQ(ask("GET", "/events").status, 200);
  EXPECT_TRUE(bench.turn_until([] { return is_paired(); }));
  KeptEvents events;
  updraft_event_t event{};
  event.id = UPDRAFT_EVENT_PROGRESS;
  events.note(event);
  EXPECT_EQ(events.newest(), 0u);
  event = {.id = UPDRAFT_EVENT_ENDED,
           .scheme = "native",
           .code = "wrong_chip",
           .message = "No.",
           .refused = true};
  events.note(event);
  EXPECT_EQ(events.told(1), R"({"event":"update","result":"refused","scheme":"native",)"
                            R"("code":"wrong_chip","message":"No."})");
  event = {.id = UPDRAFT_EVENT_INSTALLED, .scheme = "native", .version = "2.0\"\\"};
  for (std::size_t i = 0; i < kKeptEvents; ++i) events.note(event);
  EXPECT_EQ(events.told(1), "") << "forgotten";
  EXPECT_EQ(events.told(2),
            R"({"event":"update","result":"ok","scheme":"native","version":"2.0.."})");
  EXPECT_EQ(events.told(kKeptEvents + 2), "");
}

TEST_F(NativeOnChip, SaysWhereItIsAndWhoMayUseIt) {
  start();
  bench.service->say_what_is_open(5'000);
  EXPECT_THAT(bench.chip.log,
              Contains(HasSubstr("native: port " + std::to_string(bench.config.native_port) +
                                 "; whoever is paired; images")));
}

TEST_F(NativeOnChip, WhatCannotWorkIsSaidAtTheStart) {
  for (const char* const bad : {"", "kitchen lamp", "\xC3\xA4"}) {
    bench.config.native_id = bad;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << bad;
  }
  bench.config.native_id = nullptr;
  bench.chip.nvs_ready = false;
  EXPECT_NE(bench.start(), ESP_OK);
  bench.chip.nvs_ready = true;
  bench.chip.heap = sizeof(NativeDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

struct NativeOnSignedChip : NativeOnChip {
  NativeOnSignedChip() : NativeOnChip(true) {}
};

TEST_F(NativeOnSignedChip, TakesWhatItsKeysSigned) {
  start();
  const host::PackageParts release =
      host::parts_of(bench.desk.package(bench.next, {.sequence = 7}), "");
  EXPECT_EQ(push(release), "ok");
  restart();
  EXPECT_EQ(bench.chip.running(), "2.0.0");
  EXPECT_EQ(ask("POST", "/confirm").status, 200);
  const link::NativeAnswer told = ask("GET", "/device");
  EXPECT_EQ(told.sequence, 7u);
  EXPECT_EQ(told.key_set, 1u);
}

TEST_F(NativeOnSignedChip, ABuildOnlyWhileItIsArmed) {
  start();
  EXPECT_EQ(push(bench.next), "not_armed");
  EXPECT_EQ(ask("POST", "/arm?seconds=5").status, 409) << "too short";
  EXPECT_EQ(ask("POST", "/arm?seconds=60").status, 200);
  EXPECT_EQ(push(bench.next), "ok");
}

// On a chip that held none when it started.
TEST_F(NativeOnChip, TheFirstKeySetHoldsAtOnce) {
  start();
  EXPECT_EQ(ask("POST", "/arm?seconds=60").code.view(), "keyset_missing");
  EXPECT_FALSE(bench.service->trusted().asks());
  const Image first = bench.desk.key_set(1, bench.desk.release_key);
  EXPECT_EQ(bench.install(first), "keyset_missing") << "not from anybody";
  link::NativeAsk give("PUT", "/keyset", first);
  EXPECT_EQ(talk_by(pairing, give), "ok");
  EXPECT_EQ(give.answer().key_set, 1u);
  EXPECT_EQ(push(bench.next), "not_armed");
  EXPECT_TRUE(bench.service->trusted().asks()) << "what updraft_arm() looks at";
  EXPECT_EQ(ask("POST", "/arm?seconds=60").status, 200) << "and by its owner";
  EXPECT_EQ(push(bench.next), "ok");
  restart();
  EXPECT_EQ(push(make_image("3.0.0")), "pending_confirm");
  EXPECT_EQ(ask("POST", "/confirm").status, 200);
  EXPECT_EQ(push(make_image("3.0.0")), "not_armed") << "it is held";
}

// In one turn, before the service looked at what has changed.
TEST_F(NativeOnChip, TheFirstKeySetAndArmingMayComeInOneBreath) {
  start();
  struct Both final : link::NativeTask {
    explicit Both(Bytes set) : set_(set) {}
    std::optional<Request> begin() override {
      return Request{.method = "PUT", .path = "/keyset", .body = set_, .has_body = true};
    }
    std::optional<Request> next(const link::NativeAnswer& answer) override {
      last = answer;
      if (!answer.good() || answer.key_set == 0) return std::nullopt;
      return Request{.method = "POST", .path = "/arm?seconds=60"};
    }
    Result<> outcome() const override { return {}; }
    Bytes set_;
    link::NativeAnswer last;
  };
  const Image first = bench.desk.key_set(1, bench.desk.release_key);
  Both both(first);
  EXPECT_EQ(talk_by(pairing, both), "ok");
  EXPECT_EQ(both.last.status, 200);
  EXPECT_EQ(push(bench.next), "ok");
}

}  // namespace
}  // namespace updraft::esp_idf
