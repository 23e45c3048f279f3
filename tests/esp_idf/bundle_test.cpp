// Socket bundles at the service's door: firmware alone, or with the product's files.
#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "tests/esp_idf/senders.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using samples::Bundle;
using samples::File;

// The product's files: kept once they are committed.
struct ProductFiles final : FileTransaction {
  Result<> begin(std::uint64_t) override { return {}; }
  Result<> expect(std::string_view, std::uint64_t) override { return {}; }
  Result<> open(std::string_view path) override {
    coming.push_back({std::string(path), ""});
    return {};
  }
  Result<> write(Bytes bytes) override {
    coming.back().content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<> commit() override {
    in_use = coming;
    return {};
  }
  Result<> commit_with(const Slot& slot) override {
    with_slot = slot.index;
    return commit();
  }
  void abort() override { coming.clear(); }

  std::vector<File> coming, in_use;
  int with_slot = -1;
};

std::string text(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

struct Bundles : testing::Test {
  Bundles() {
    bench.config.bundle_port = free_port();
    bench.config.bundle_password = "secret";
  }
  std::string push(const std::vector<File>& content) { return push_by(-1, content); }
  // By a connection that is there already; -1: by a new one.
  std::string push_by(int socket, const std::vector<File>& content) {
    const Bundle bundle = samples::bundle_of(content);
    const std::uint16_t port = bench.config.bundle_port;
    auto sender = std::async(std::launch::async, [&] {
      return push_bundle(socket < 0 ? connect_to(port) : socket, bundle);
    });
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return sender.get();
  }
  // What comes within a few turns, as far as `most`.
  std::string said(int socket, std::size_t most) {
    std::string heard;
    char byte = 0;
    for (int turns = 0; turns < 100 && heard.size() < most; ++turns) {
      (void)bench.service->turn(Millis{5});
      while (heard.size() < most && ::recv(socket, &byte, 1, MSG_DONTWAIT) == 1) heard += byte;
    }
    return heard;
  }
  ServiceBench bench;
  ProductFiles files;
};

TEST_F(Bundles, OfFirmwareAloneAreInstalled) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(Bundles, WithFilesAreRefusedWhereThereIsNoPlaceForThem) {
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}, {"main.py", "print(1)\n"}}),
            "not_wanted");
  EXPECT_EQ(bench.ends.back(), "bad_path");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST_F(Bundles, BringTheProductItsFilesWithTheFirmware) {
  bench.config.bundle_files = static_cast<FileTransaction*>(&files);
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}, {"main.py", "print(1)\n"}}), "ok");
  EXPECT_EQ(files.in_use, (std::vector<File>{{"main.py", "print(1)\n"}}));
  EXPECT_EQ(files.with_slot, 1);
}

TEST_F(Bundles, AskForThePassword) {
  bench.config.bundle_password = nullptr;
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << "no password is no way in";
  bench.config.bundle_password = "another";
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "auth_failed");
}

TEST_F(Bundles, WithoutMemoryToReserveNothingStarts) {
  bench.config.reserve_memory = true;
  bench.chip.heap = 32 * 1024;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

TEST_F(Bundles, ReserveTheirMemoryWhereTheyAreToldTo) {
  bench.config.reserve_memory = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  bench.chip.heap = 0;
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "ok");
}

TEST_F(Bundles, TakeTheirMemoryForTheirTime) {
  bench.config.reserve_memory = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  const int at_rest = bench.chip.pieces;
  const std::uint64_t before = bench.chip.flash().operations();
  bench.chip.heap = 16 * 1024;
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "not_wanted");
  EXPECT_EQ(bench.ends.back(), "no_memory");
  EXPECT_EQ(bench.chip.flash().operations(), before);
  bench.chip.heap = 1 << 20;
  EXPECT_EQ(push({{"firmware.bin", text(make_image("2.0.0"))}}), "ok");
  EXPECT_TRUE(bench.turn_until([&] { return bench.chip.pieces == at_rest; }))
      << "the connection's goes with it";
}

TEST_F(Bundles, ACrowdAtOneAddressTakesItsOwnPlaces) {
  ASSERT_EQ(bench.start(), ESP_OK);
  const int owner = connect_to(bench.config.bundle_port, 2);
  ASSERT_TRUE(bench.service->turn(Millis{20}));
  std::vector<int> crowd;
  for (int i = 0; i < 6; ++i) {
    crowd.push_back(connect_to(bench.config.bundle_port));
    ASSERT_TRUE(bench.service->turn(Millis{20}));
  }
  EXPECT_EQ(push_by(owner, {{"firmware.bin", text(make_image("2.0.0"))}}), "ok");
  for (const int socket : crowd) (void)::close(socket);
}

TEST_F(Bundles, WhoGuessesThePasswordLocksOutHimselfAlone) {
  bench.chip.real_time = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint16_t port = bench.config.bundle_port;
  for (unsigned tries = 0; tries < link::kLoginLockAfter; ++tries) {
    const int guesser = connect_to(port);
    ASSERT_EQ(said(guesser, link::kChallengeChars).size(), link::kChallengeChars) << tries;
    send_all(guesser, as_bytes(std::string(link::kAnswerChars, '0')));
    EXPECT_EQ(said(guesser, 9), "AUTH_FAIL");
    (void)::close(guesser);
    bench.chip.microseconds += 2'000'000;
  }
  const int guesser = connect_to(port);
  EXPECT_EQ(said(guesser, 6), "LOCKED");
  const int owner = connect_to(port, 2);
  const std::string asked = said(owner, link::kChallengeChars);
  EXPECT_TRUE(is_hex(asked, link::kChallengeChars / 2)) << asked;
  (void)::close(guesser);
  (void)::close(owner);
}

}  // namespace
}  // namespace updraft::esp_idf
