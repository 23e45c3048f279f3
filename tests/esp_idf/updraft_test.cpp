// The C API, and the small parts around it.
#include "updraft.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "ports/esp_idf/pull_url.hpp"
#include "ports/esp_idf/service.hpp"
#include "tests/esp_idf/app.hpp"
#include "tests/esp_idf/program.hpp"
#include "updraft_http.h"
#include "updraft_uart.h"

namespace updraft::esp_idf {
namespace {

struct Product {
  bool may_install(const char* scheme, std::uint64_t total) {
    EXPECT_STREQ(scheme, "raw");
    asked = total;
    return false;
  }
  void on_event(const updraft_event_t& event) {
    heard = event.code;
    was_told = true;
  }
  std::uint64_t asked = 0;
  std::string heard;
  std::atomic<bool> was_told = false;
};

TEST(UpdraftC, DefaultsLetNothingUnsignedIn) {
  const updraft_config_t config = updraft_config_default();
  EXPECT_FALSE(config.allow_unsigned_raw);
  EXPECT_FALSE(config.allow_unsigned_req);
  EXPECT_EQ(config.raw_port, 0);
  EXPECT_EQ(config.pull_url, nullptr);
  EXPECT_TRUE(config.restart);
  EXPECT_EQ(config.confirm_within_s, 300u);
  EXPECT_EQ(config.task_stack, 4096u);
}

// Structs from an application of another release, and from one that forgot the default.
TEST(UpdraftC, AStructOfAnotherReleaseIsAnErrorAndNotACrash) {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  updraft_config_t config = updraft_config_default();
  EXPECT_EQ(config.struct_size, sizeof config);
  for (const std::size_t other : {std::size_t{0}, sizeof config - 8, sizeof config + 8}) {
    config.struct_size = other;
    EXPECT_EQ(updraft_start(&config), ESP_ERR_INVALID_VERSION) << other;
  }
}

TEST(UpdraftC, TheDefaultFitsTheCallersStruct) {
  struct {
    updraft_config_t config;
    std::byte more[16];
  } room;
  std::memset(&room, 0x5A, sizeof room);
  updraft_config_init(&room.config, 16);  // older: nothing is written past its end
  EXPECT_EQ(room.config.struct_size, 16u);
  EXPECT_EQ(reinterpret_cast<const unsigned char*>(&room)[16], 0x5A);
  updraft_config_init(&room.config, sizeof room);  // newer: what we do not know is zero
  EXPECT_EQ(room.config.task_core, -1);
  EXPECT_EQ(room.more[0], std::byte{0});
  EXPECT_EQ(updraft_http_default().port, 80);
  EXPECT_EQ(updraft_http_default().struct_size, sizeof(updraft_http_t));
}

// The words of the C API from before its start to after it.
void start_once_and_answer() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  EXPECT_EQ(updraft_confirm(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_let_in("0011223344556677"), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_pull("req://127.0.0.1:1"), ESP_ERR_INVALID_STATE);
  const updraft_uart_t no_service = updraft_uart_default();
  EXPECT_EQ(updraft_uart_start(&no_service), ESP_ERR_INVALID_STATE);
  EXPECT_FALSE(updraft_is_on_trial());
  EXPECT_EQ(updraft_start(nullptr), ESP_ERR_INVALID_ARG);
  updraft_config_t config = updraft_config_default();
  config.pull_url = "nonsense";
  EXPECT_EQ(updraft_start(&config), ESP_ERR_INVALID_ARG);
  config.pull_url = nullptr;
  chip.heap = 1'000;
  EXPECT_EQ(updraft_start(&config), ESP_ERR_NO_MEM);
  chip.heap = 1 << 20;
  static Product product;
  EXPECT_EQ(updraft::start(product, config), ESP_OK);
  {
    const Held held(started_service()->lock());
    EXPECT_FALSE(started_service()->intake().begin({.scheme = kRaw, .size = 77}));
  }
  EXPECT_EQ(product.asked, 77u);
  while (!product.was_told) std::this_thread::yield();
  EXPECT_EQ(product.heard, "not_wanted");
  EXPECT_EQ(updraft_start(&config), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_confirm(), ESP_ERR_INVALID_STATE) << "this image is not on trial";
  EXPECT_EQ(updraft_roll_back(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_go_back(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_let_in(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(updraft_let_in("00112233"), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(updraft_let_in("0011223344556677"), ESP_OK);
  EXPECT_EQ(updraft_pull(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(updraft_pull("req://127.0.0.1:1"), ESP_OK);
  updraft_uart_t line = updraft_uart_default();
  line.struct_size = 8;
  EXPECT_EQ(updraft_uart_start(&line), ESP_ERR_INVALID_VERSION);
  updraft_http_t site{};
  EXPECT_EQ(updraft_http_register(nullptr, &site), ESP_ERR_INVALID_VERSION);
  line = updraft_uart_default();
  line.baud = 0;
  EXPECT_EQ(updraft_uart_start(&line), ESP_ERR_INVALID_ARG);
  line = updraft_uart_default();
  chip.heap = 1'000;
  EXPECT_EQ(updraft_uart_start(&line), ESP_ERR_NO_MEM);
  chip.heap = 1 << 20;
  EXPECT_EQ(updraft_uart_start(&line), ESP_OK);
  EXPECT_EQ(updraft_uart_start(&line), ESP_ERR_INVALID_STATE);
}
TEST(UpdraftC, StartsOnceAndAnswersFromAnyTask) { as_a_program(start_once_and_answer); }

// What a product does that confirms its image as soon as it hears that it is on trial.
struct Eager {
  void on_event(const updraft_event_t& event) {
    if (event.id == UPDRAFT_EVENT_ON_TRIAL) {
      EXPECT_TRUE(updraft_is_on_trial());
      answer = updraft_confirm();
      EXPECT_EQ(updraft_pull("req://127.0.0.1:1"), ESP_OK);
      const updraft_config_t again = updraft_config_default();
      EXPECT_EQ(updraft_start(&again), ESP_ERR_INVALID_STATE);
    }
    if (event.id == UPDRAFT_EVENT_CONFIRMED) confirmed = true;
  }
  std::atomic<esp_err_t> answer = ESP_FAIL;
  std::atomic<bool> confirmed = false;
};

void confirm_in_the_callback() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  ASSERT_EQ(App().push(make_image("2.0.0")), "ok");
  ASSERT_TRUE(chip.power_on());
  static Eager product;
  ASSERT_EQ(updraft::start(product), ESP_OK);
  ASSERT_EQ(product.answer, ESP_OK);
  while (!product.confirmed) std::this_thread::yield();
  chip.tasks.power_off();
  EXPECT_EQ(App().boot.running_state(), OtaState::valid);
}
TEST(UpdraftC, IsThereWhenItsFirstCallbackComes) { as_a_program(confirm_in_the_callback); }

TEST(PullUrl, TakesWhatItCanFetchFromAndNothingElse) {
  const auto url = parse_pull_url("req://updates.local:8070");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, kReq);
  EXPECT_STREQ(url->host.data(), "updates.local");
  EXPECT_EQ(url->port, 8070);
  EXPECT_EQ(parse_pull_url("raw://10.0.0.1:65535")->scheme, kRaw);
  for (const char* bad :
       {"", "req://", "req://host", "req://host:", "req://:80", "req://host:0", "req://host:65536",
        "req://host:80x", "req://host:123456", "http://host:80", "req:/host:80"}) {
    EXPECT_FALSE(parse_pull_url(bad)) << bad;
  }
  EXPECT_TRUE(parse_pull_url("req://" + std::string(63, 'h') + ":1"));
  EXPECT_FALSE(parse_pull_url("req://" + std::string(64, 'h') + ":1"));
}

}  // namespace
}  // namespace updraft::esp_idf
