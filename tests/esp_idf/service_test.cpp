#include "ports/esp_idf/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "engine/codec/deflated_samples.hpp"
#include "tests/esp_idf/senders.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct Listening : testing::Test {
  void SetUp() override {
    bench.config.raw_port = free_port();
    ASSERT_EQ(bench.start(), ESP_OK);
    port = bench.config.raw_port;
  }
  ServiceBench bench;
  std::uint16_t port = 0;
};

TEST_F(Listening, TakesAnUpdateAndRestarts) {
  const Image next = make_image("2.0.0", 150 * 1024);
  auto sender = std::async(std::launch::async, [&] { push(port, next); });
  EXPECT_TRUE(bench.ends_with("ok"));
  EXPECT_FALSE(bench.turn_until([] { return false; }));
  EXPECT_TRUE(bench.chip.restarted);
  sender.get();
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(Listening, RefusesWithItsReasonAndGoesOn) {
  const Image page(2000, std::byte{'<'});
  auto sender = std::async(std::launch::async, [&] { push(port, page); });
  EXPECT_TRUE(bench.ends_with("not_an_image"));
  EXPECT_TRUE(bench.turn_until([&] {
    return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  })) << "the sender sees an orderly end";
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("refused: not_an_image")));
  const Image next = make_image("2.0.0");
  auto again = std::async(std::launch::async, [&] { push(port, next); });
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() == 2; }));
  EXPECT_EQ(bench.ends.back(), "ok");
}

TEST_F(Listening, IdleClientsDoNotKeepARealOneOut) {
  std::vector<int> idle;
  for (int i = 0; i < 6; ++i) {
    idle.push_back(connect_to(port));
    ASSERT_TRUE(bench.service->turn(Millis{20}));
  }
  const Image next = make_image("2.0.0");
  auto sender = std::async(std::launch::async, [&] { push(port, next); });
  EXPECT_TRUE(bench.turn_until([&] { return !bench.ends.empty() && bench.ends.back() == "ok"; }));
  for (const int socket : idle) (void)::close(socket);
}

TEST_F(Listening, ASecondSenderIsToldBusy) {
  const Image next = make_image("2.0.0");
  const int first = connect_to(port);
  send_all(first, Bytes(next).first(4000));
  ASSERT_TRUE(
      bench.turn_until([&] { return bench.service->updater().state() == UpdateState::writing; }));
  auto second = std::async(std::launch::async, [&] { push(port, next); });
  ASSERT_TRUE(bench.turn_until(
      [&] { return second.wait_for(std::chrono::seconds{0}) == std::future_status::ready; }));
  EXPECT_THAT(bench.ends, testing::ElementsAre("busy")) << "the session goes on";
  send_all(first, Bytes(next).subspan(4000));
  (void)::shutdown(first, SHUT_WR);
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() == 2; }));
  EXPECT_EQ(bench.ends.back(), "ok");
  (void)::close(first);
}

TEST_F(Listening, AResetConnectionEndsTheUpdateAndNothingElse) {
  const Image next = make_image("2.0.0");
  const int socket = connect_to(port);
  send_all(socket, Bytes(next).first(10'000));
  ASSERT_TRUE(
      bench.turn_until([&] { return bench.service->updater().state() == UpdateState::writing; }));
  const linger now{1, 0};  // close() resets
  (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  (void)::close(socket);
  EXPECT_TRUE(bench.turn_until([&] { return !bench.ends.empty(); }));
  EXPECT_EQ(bench.service->updater().state(), UpdateState::idle);
}

// The memory of connections is there while there is one; who calls where there is none goes away.
TEST(Service, BorrowsTheMemoryOfConnections) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.reserve_memory = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  const int before = FakeChip::pieces;
  bench.chip.heap = SocketDriver::kWorkBytes - 1;
  const int first = connect_to(bench.config.raw_port);
  pollfd gone{.fd = first, .events = POLLIN, .revents = 0};
  EXPECT_TRUE(bench.turn_until([&] { return ::poll(&gone, 1, 0) == 1; })) << "it is turned away";
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("no connection: of the ")));
  EXPECT_EQ(FakeChip::pieces, before);
  bench.chip.heap = 1 << 20;
  const int second = connect_to(bench.config.raw_port);
  EXPECT_TRUE(bench.turn_until([&] { return FakeChip::pieces == before + 1; }));
  (void)::close(first);
  (void)::close(second);
  EXPECT_TRUE(bench.turn_until([&] { return FakeChip::pieces == before; }));
}

TEST(Service, TakesAnUpdateFromTheNetworkWithAFullHeapIfMemoryIsReserved) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.reserve_memory = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  const int takings = FakeChip::takings;
  bench.chip.heap = 0;
  const Image next = make_image("2.0.0");
  auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, next); });
  EXPECT_TRUE(bench.ends_with("ok"));
  EXPECT_EQ(FakeChip::takings, takings);
}

// Any row of the list of doors may have a port.
TEST(Service, ListensForAsManyAsThereAreDoors) {
  Lock lock;
  HeapLender memory;
  SocketDriver driver(lock, memory);
  ServiceBench bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  const Held held(bench.service->lock());
  RawDoor door(bench.service->context());
  for (std::size_t i = 0; i < std::size(kDoorRows); ++i) {
    EXPECT_TRUE(driver.listen_on(0, door)) << i;
  }
}

TEST(Service, HasAllItsDoorsOpenAtOnce) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.bundle_port = free_port();
  bench.config.bundle_password = bench.config.esphome_password = "secret";
  bench.config.esphome_port = free_port();
  bench.config.arduino_port = free_port();
  bench.config.mqtt_url = "mqtt://nobody.local/ota";
  ASSERT_EQ(bench.start(), ESP_OK);
  for (const std::uint16_t port :
       {bench.config.raw_port, bench.config.bundle_port, bench.config.esphome_port}) {
    const int client = connect_to(port);
    EXPECT_GE(client, 0) << port;
    (void)::close(client);
  }
}

TEST(Service, AsksBeforeItInstalls) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.may_install = [](const char* scheme, std::uint64_t, void*) {
    return std::string_view(scheme) != "raw";
  };
  ASSERT_EQ(bench.start(), ESP_OK);
  const Image next = make_image("2.0.0");
  auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, next); });
  ASSERT_TRUE(bench.turn_until(
      [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; }));
  EXPECT_EQ(bench.service->updater().state(), UpdateState::idle);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("not_wanted")));
}

TEST(Service, TakesNothingUnsignedByDefault) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.allow_unsigned_raw = updraft_config_default().allow_unsigned_raw;
  ASSERT_EQ(bench.start(), ESP_OK);
  const Image next = make_image("2.0.0");
  auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, next); });
  EXPECT_TRUE(bench.ends_with("unsigned"));
  (void)bench.turn_until(
      [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
}

TEST(Service, TakesOnlyItsOwnProjectUnlessToldOtherwise) {
  for (const char* project : {static_cast<const char*>(nullptr), ""}) {
    ServiceBench bench;
    bench.chip.project = "thermostat";
    bench.config.project = project;
    bench.config.raw_port = free_port();
    ASSERT_EQ(bench.start(), ESP_OK);
    const Image next = make_image("2.0.0");
    auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, next); });
    EXPECT_TRUE(bench.ends_with(project == nullptr ? "wrong_product" : "ok"));
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  }
}

TEST(Service, FetchesOnItsOwn) {
  PackageServer server(make_image("2.0.0"));
  ServiceBench bench;
  bench.config.pull_url = server.url.c_str();
  bench.config.pull_every_s = 3600;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("ok"));
}

TEST(Service, FetchesWhenAsked) {
  PackageServer server(make_image("2.0.0"));
  ServiceBench bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_FALSE(bench.service->ask_to_pull(nullptr)) << "no URL is configured";
  EXPECT_FALSE(bench.service->ask_to_pull("http://127.0.0.1:80"));
  EXPECT_TRUE(bench.service->ask_to_pull(server.url.c_str()));
  EXPECT_TRUE(bench.ends_with("ok"));
}

TEST(Service, SaysWhereNobodyAnswers) {
  ServiceBench bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::string url = "req://127.0.0.1:" + std::to_string(free_port());
  ASSERT_TRUE(bench.service->ask_to_pull(url.c_str()));
  EXPECT_TRUE(bench.ends_with("unreachable"));
}

// A device with idle strangers at its doors: two at raw TCP's, two at that of bundles.
struct Crowded : testing::Test {
  void SetUp() override {
    bench.config.raw_port = free_port();
    bench.config.bundle_port = free_port();
    bench.config.bundle_password = "secret";
    ASSERT_EQ(bench.start(), ESP_OK);
  }
  ~Crowded() override {
    for (const int socket : strangers) (void)::close(socket);
  }
  void come(std::uint16_t port, int count) {
    for (int i = 0; i < count; ++i) {
      strangers.push_back(connect_to(port));
      ASSERT_TRUE(bench.service->turn(Millis{20}));
    }
  }
  // How the fetch ends; for strangers that have to go there are ends, too.
  std::string fetch() {
    const auto is_fetch = [&] { return bench.ends.back() == "ok" || bench.ends.back() == "busy"; };
    (void)bench.turn_until([&] { return !bench.ends.empty() && is_fetch(); });
    return bench.ends.back();
  }
  ServiceBench bench;
  std::vector<int> strangers;
};

TEST_F(Crowded, ARawFetchFindsItsPlace) {
  come(bench.config.raw_port, 2);
  RawServer server(make_image("2.0.0"));
  ASSERT_TRUE(bench.service->ask_to_pull(server.url.c_str()));
  EXPECT_EQ(fetch(), "ok");
}

TEST_F(Crowded, APackageFetchFindsItsPlace) {
  come(bench.config.raw_port, 2);
  come(bench.config.bundle_port, 2);
  PackageServer server(make_image("2.0.0"));
  ASSERT_TRUE(bench.service->ask_to_pull(server.url.c_str()));
  EXPECT_EQ(fetch(), "ok");
}

TEST_F(Crowded, StrangersDoNotTakeThePlaceOfAFetch) {
  const std::uint16_t port = free_port();
  const int quiet = listen_on(port);  // answers, and says nothing
  const std::string url = "raw://127.0.0.1:" + std::to_string(port);
  ASSERT_TRUE(bench.service->ask_to_pull(url.c_str()));
  pollfd caller{.fd = quiet, .events = POLLIN, .revents = 0};
  ASSERT_TRUE(bench.turn_until([&] { return ::poll(&caller, 1, 0) == 1; }));
  const int peer = ::accept(quiet, nullptr, nullptr);
  come(bench.config.raw_port, 5);
  come(bench.config.bundle_port, 3);
  send_all(peer, make_image("2.0.0"));
  (void)::shutdown(peer, SHUT_WR);
  EXPECT_EQ(fetch(), "ok");
  (void)::close(peer);
  (void)::close(quiet);
}

TEST(Service, FetchesFromAName) {
  ServiceBench bench;
  PackageServer server(make_image("2.0.0"));
  const std::string url = "req://updates.local" + server.url.substr(server.url.rfind(':'));
  bench.chip.net.names["updates.local"] = "127.0.0.1";
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(bench.service->ask_to_pull(url.c_str()));
  EXPECT_TRUE(bench.ends_with("ok"));
}

// Other updates go on while a name server takes its time.
TEST(Service, ANameServerThatIsSilentStopsNobody) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.chip.net.is_silent = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(bench.service->ask_to_pull("req://updates.local:1"));
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  ASSERT_TRUE(bench.service->ask_to_pull("req://another.local:1")) << "waits for its turn";
  const Image page(2000, std::byte{'<'});
  auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, page); });
  EXPECT_TRUE(bench.ends_with("not_an_image"));
  bench.chip.net.answer();
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() == 3; }));
  EXPECT_THAT(bench.ends, testing::ElementsAre("not_an_image", "unreachable", "unreachable"));
  (void)bench.turn_until(
      [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
}

TEST(Service, SaysSoWhereLwipHasNoRoomToAsk) {
  ServiceBench bench;
  bench.chip.net.has_room = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(bench.service->ask_to_pull("req://updates.local:1"));
  EXPECT_TRUE(bench.ends_with("unreachable"));
}

TEST(Service, TakesCompressedImagesWhereItHasTheRoom) {
  const Image next = make_image("2.0.0", 60 * 1024);
  const Image packed = samples::deflated(next, samples::Wrapping::gzip);
  for (const bool room : {false, true}) {
    ServiceBench bench;
    bench.config.raw_port = free_port();
    bench.config.take_compressed = room;
    ASSERT_EQ(bench.start(), ESP_OK);
    auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, packed); });
    EXPECT_TRUE(bench.ends_with(room ? "ok" : "alg_unsupported"));
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  }
}

TEST(Service, NamesAConfigurationThatCannotWork) {
  ServiceBench bench;
  bench.config.pull_url = "http://example";
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  bench.config.pull_url = nullptr;
  bench.config.raw_aes = UPDRAFT_AES_256_CBC;
  bench.config.raw_key = "short";
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  bench.config.raw_aes = UPDRAFT_AES_NONE;
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  (void)::bind(taken, reinterpret_cast<sockaddr*>(&address), size);
  (void)::listen(taken, 1);
  (void)::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size);
  bench.config.raw_port = ntohs(address.sin_port);
  EXPECT_EQ(bench.start(), ESP_FAIL);
  (void)::close(taken);
}

}  // namespace
}  // namespace updraft::esp_idf
