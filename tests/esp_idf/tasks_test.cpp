// All tasks of a product at once: Updraft's own, the HTTP server's, and the application's. ./check
// runs this under ThreadSanitizer, which reports what one of them touches without the lock.
#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/uart_door.hpp"
#include "tests/esp_idf/app.hpp"
#include "tests/esp_idf/fake_http.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {
namespace {

constexpr int kRounds = 100;
const FakeHttp::Fields kHost = {{"Host", "192.168.4.1"}};

void run_service(void* argument) {
  auto& service = *static_cast<Service*>(argument);
  service.start();
  while (service.turn(Millis{5})) {
  }
}
void run_uart(void* argument) {
  while (static_cast<UartDoor*>(argument)->turn(Millis{5})) {
  }
}

struct Tasks : testing::Test {
  Tasks() : chip(kTwoSlots, make_image("1.0.0")) {
    chip.real_time = true;
    EXPECT_EQ(App().push(make_image("2.0.0")), "ok");
    EXPECT_TRUE(chip.power_on()) << "2.0.0 is on trial";
    config = updraft_config_default();
    config.raw_port = free_port();
    config.allow_unsigned_raw = config.allow_unsigned_ws = config.allow_unsigned_control = true;
    config.restart = false;
    config.post_events = true;
    config.is_healthy = [](void* context) {
      expect_no_lock("is_healthy");
      return static_cast<Tasks*>(context)->healthy.load();
    };
    config.may_install = [](const char*, std::uint64_t, void* context) {
      expect_no_lock("may_install");
      ++static_cast<Tasks*>(context)->asked;
      return true;
    };
    config.on_event = [](const updraft_event_t* event, void* context) {
      auto& mine = *static_cast<Tasks*>(context);
      expect_no_lock("on_event");
      if (event->id == UPDRAFT_EVENT_ENDED) ++mine.ended;
      if (event->id == UPDRAFT_EVENT_CONFIRMED) mine.confirmed = true;
    };
    config.context = this;
    service.emplace(config);
    EXPECT_EQ(service->open(), ESP_OK);
    chip.tasks.start(&run_service, &*service);
    http_door.emplace(*service, updraft_http_default());
    EXPECT_EQ(http_door->open(&server), ESP_OK);
    uart_door.emplace(*service, updraft_uart_default());
    EXPECT_EQ(uart_door->open(), ESP_OK);
    chip.tasks.start(&run_uart, &*uart_door);
  }
  ~Tasks() override { chip.tasks.power_off(); }

  // What browsers ask the HTTP server's task for.
  void browse() {
    for (int i = 0; i < kRounds; ++i) {
      EXPECT_EQ(server.get("/ota/status", kHost).status, "200 OK");
      const int socket = connect();
      (void)server.send(socket, "{\"name\":\"otaSize\",\"value\":100000}");
      (void)server.send(socket, HTTPD_WS_TYPE_BINARY, Bytes(image).first(kHttpChunk));
      server.work();
      if (i % 2 == 0) server.close(socket);
    }
  }
  int connect() {
    int socket = server.connect(kHost);
    for (; socket == -1; socket = server.connect(kHost)) {
      std::this_thread::yield();  // older ones are being closed
    }
    return socket;
  }
  void push_raw() {
    for (int i = 0; i < kRounds; ++i) push(config.raw_port, page);
  }
  // The application, from a task of its own.
  void apply() {
    for (int i = 0; i < kRounds; ++i) {
      (void)service->trial().runs();
      (void)service->ask_to_pull("raw://127.0.0.1:1");
      std::this_thread::yield();
    }
    service->trial().ask_to_confirm();
    while (service->trial().runs()) std::this_thread::yield();
  }

  const Image image = make_image("3.0.0");
  const Image page = Image(3000, std::byte{'<'});
  std::atomic<bool> healthy = false, confirmed = false;
  std::atomic<int> asked = 0, ended = 0;
  FakeChip chip;
  updraft_config_t config{};
  std::optional<Service> service;
  std::optional<HttpHandlers> http_door;
  FakeHttp server;  // goes first, as on a chip, and ends its sessions
  std::optional<UartDoor> uart_door;
};

TEST_F(Tasks, ShareTheService) {
  std::thread browser([this] { browse(); });
  std::thread sender([this] { push_raw(); });
  apply();
  sender.join();
  browser.join();
  while (!confirmed) std::this_thread::yield();
  chip.tasks.power_off();
  EXPECT_GT(ended, 0);
  EXPECT_GT(asked, 0);
  EXPECT_EQ(App().boot.running_state(), OtaState::valid);
}

}  // namespace
}  // namespace updraft::esp_idf
