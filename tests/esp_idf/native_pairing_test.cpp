// Who is heard by native push and who is not; the line that pairs a computer with a chip.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "ports/esp_idf/native_door.hpp"
#include "tests/esp_idf/native_chip.hpp"
#include "tests/esp_idf/program.hpp"
#include "updraft_native.h"

namespace updraft::esp_idf {
namespace {

TEST_F(NativeOnChip, AnotherSecretIsNotHeard) {
  start();
  const std::uint64_t before = bench.chip.flash().operations();
  link::Pairing other = pairing;
  other.secret = link::PairingSecret(Bytes(make_image("x")).first(32));
  const host::PackageParts parts = build(make_image("2.0.0"));
  link::NativePush task(package_of(parts), true);
  EXPECT_EQ(talk_by(other, task), "not_paired");
  other = pairing;
  other.id = Text<link::kNativeIdBytes>(std::string_view("another"));
  EXPECT_EQ(talk_by(other, task), "not_paired");
  EXPECT_EQ(bench.chip.flash().operations(), before);
  EXPECT_TRUE(bench.ends.empty()) << "no update began";
  EXPECT_TRUE(bench.turn_until([&] { return has_logged("handshake failed, the 2. since"); }));
  EXPECT_EQ(push(make_image("2.0.0")), "ok") << "and its owner is";
}

// Rows of the specification's table in section 1.2.
struct Hello {
  const char* name;
  int version;
  const char* groups;
  std::uint64_t options;
  bool has_key, is_heard;
};
class NativeHello : public NativeOnChip, public testing::WithParamInterface<Hello> {};

const linux_port::TlsKey* offered = nullptr;
unsigned offer_key(SSL*, const char*, char* identity, unsigned, unsigned char* key, unsigned) {
  std::ranges::copy(offered->identity, identity);
  identity[offered->identity.size()] = 0;
  const Bytes secret = offered->key.reveal();
  std::ranges::copy(secret, reinterpret_cast<std::byte*>(key));
  return static_cast<unsigned>(secret.size());
}

TEST_P(NativeHello, IsAnsweredAsItsRowSays) {
  start();
  const Hello& row = GetParam();
  const linux_port::TlsKey key = tls_key(pairing);
  offered = &key;
  const std::string said = beside([&]() -> std::string {
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                               &SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), row.version);
    SSL_CTX_set_options(context.get(), row.options);
    SSL_CTX_set1_groups_list(context.get(), row.groups);
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
    if (row.has_key) SSL_CTX_set_psk_client_callback(context.get(), &offer_key);
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
    const int socket = connect_to(bench.config.native_port);
    SSL_set_fd(ssl.get(), socket);
    std::string told;
    if (SSL_connect(ssl.get()) == 1) {
      constexpr std::string_view kAsk =
          "GET /updraft/v1/device HTTP/1.1\r\nConnection: close\r\n\r\n";
      (void)SSL_write(ssl.get(), kAsk.data(), static_cast<int>(kAsk.size()));
      std::array<char, 4096> room;
      for (int got = 0; (got = SSL_read(ssl.get(), room.data(), room.size())) > 0;) {
        told.append(room.data(), static_cast<std::size_t>(got));
      }
    }
    ERR_clear_error();
    (void)::close(socket);
    return told;
  });
  EXPECT_EQ(said.find("{\"v\":1,\"id\":\"a0a1a2a3a4a5\"") != said.npos, row.is_heard) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NativeHello,
    testing::Values(Hello{"x25519", TLS1_3_VERSION, "X25519:P-256", 0, true, true},
                    Hello{"p256", TLS1_3_VERSION, "P-256", 0, true, true},
                    Hello{"no_key", TLS1_3_VERSION, "X25519", 0, false, false},
                    Hello{"tls12", TLS1_2_VERSION, "X25519", 0, true, false},
                    Hello{"another_group", TLS1_3_VERSION, "P-384", 0, true, false},
                    Hello{"psk_ke", TLS1_3_VERSION, "P-384", SSL_OP_ALLOW_NO_DHE_KEX, true, false}),
    [](const testing::TestParamInfo<Hello>& row) { return row.param.name; });

TEST_F(NativeOnChip, WhoIsSilentGivesWay) {
  start();
  const int silent = connect_to(bench.config.native_port, 2);
  ASSERT_GE(silent, 0);
  ASSERT_TRUE(bench.service->turn(Millis{20}));
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
  (void)::close(silent);
}

// An owner's connection that stands keeps its place; who comes next waits in the queue.
TEST_F(NativeOnChip, NobodyTakesTheOwnersPlace) {
  start();
  std::vector<int> others;
  const host::PackageParts parts = build(make_image("2.0.0", 100 * 1024));
  link::NativePush task(package_of(parts), true);
  auto sender =
      std::async(std::launch::async, [&] { return talk(bench.config.native_port, pairing, task); });
  ASSERT_TRUE(
      bench.turn_until([&] { return bench.service->updater().state() == UpdateState::writing; }));
  for (std::uint32_t last = 2; last < 5; ++last) {
    others.push_back(connect_to(bench.config.native_port, last));
  }
  (void)bench.turn_until(
      [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  EXPECT_EQ(sender.get(), "ok");
  for (const int socket : others) (void)::close(socket);
}

TEST_F(NativeOnChip, ShowsItsLineUntilSomebodyHasUsedIt) {
  start();
  const std::string line = shown_line(bench.chip);
  EXPECT_EQ(line.substr(0, 28), "updraft-pair:1:a0a1a2a3a4a5:");
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_EQ(shown_line(bench.chip), line) << "the same secret";
  EXPECT_EQ(times_shown(bench.chip), 2u);
  EXPECT_EQ(ask("GET", "/device").status, 200);
  // Noted once the connection is closed.
  ASSERT_TRUE(bench.turn_until([] { return is_paired(); }));
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_EQ(times_shown(bench.chip), 2u);
  EXPECT_EQ(ask("GET", "/device").status, 200) << "and it still holds";
}

TEST_F(NativeOnChip, UnpairedItHearsOnlyWhoTypesTheNewLine) {
  start();
  EXPECT_EQ(ask("POST", "/unpair").status, 200);
  ASSERT_TRUE(bench.turn_until([&] { return times_shown(bench.chip) == 2; }));
  (void)ask("GET", "/device");
  EXPECT_EQ(outcome, "not_paired");
  pairing = link::parse_pairing(shown_line(bench.chip)).value();
  EXPECT_EQ(ask("GET", "/device").status, 200);
}

// By a button, while somebody is connected.
TEST_F(NativeOnChip, UnpairingEndsTheConnectionThatStands) {
  start();
  const host::PackageParts parts = build(make_image("2.0.0", 100 * 1024));
  link::NativePush task(package_of(parts), true);
  auto sender =
      std::async(std::launch::async, [&] { return talk(bench.config.native_port, pairing, task); });
  ASSERT_TRUE(
      bench.turn_until([&] { return bench.service->updater().state() == UpdateState::writing; }));
  native_door()->ask_to_unpair();
  ASSERT_TRUE(bench.turn_until([&] { return times_shown(bench.chip) == 2; }));
  (void)bench.turn_until(
      [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
  EXPECT_NE(sender.get(), "ok");
  EXPECT_NE(shown_line(bench.chip), "");
  EXPECT_EQ(push(make_image("2.0.0")), "not_paired");
}

TEST_F(NativeOnChip, UnpairedWithoutMemoryForTlsItHearsWhoComesOnceThereIsSome) {
  start();
  EXPECT_EQ(ask("GET", "/device").status, 200);
  bench.chip.heap = 0;
  native_door()->ask_to_unpair();
  ASSERT_TRUE(bench.turn_until([&] { return times_shown(bench.chip) == 2; }));
  EXPECT_TRUE(has_logged("TLS cannot be set up"));
  bench.chip.heap = 1 << 20;
  pairing = link::parse_pairing(shown_line(bench.chip)).value();
  EXPECT_EQ(ask("GET", "/device").status, 200);
}

// What a factory wrote: 32 bytes.
TEST_F(NativeOnChip, TakesASecretOfTheFactory) {
  std::array<std::byte, 32> secret;
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(i);
  const std::uint8_t space = bench.chip.nvs.name_space("updraft");
  ASSERT_EQ(bench.chip.nvs.set_blob(space, "pairing", {secret.begin(), secret.end()}), ESP_OK);
  bench.config.native_id = "a0b1c2d3e4f5";
  start();
  EXPECT_EQ(shown_line(bench.chip),
            "updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_EQ(ask("GET", "/device").id.view(), "a0b1c2d3e4f5");
}

TEST(UpdraftNative, TheLineIsThereForADisplay) {
  as_a_program([] {
    FakeChip chip(kLedgers, make_image("1.0.0"));
    chip.real_time = true;
    char line[UPDRAFT_PAIRING_SIZE];
    EXPECT_EQ(updraft_pairing(line, sizeof line), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(updraft_unpair(), ESP_ERR_INVALID_STATE);
    updraft_config_t config = updraft_config_default();
    config.native_port = free_port();
    ASSERT_EQ(updraft_start(&config), ESP_OK);
    EXPECT_EQ(updraft_pairing(line, sizeof line - 1), ESP_ERR_INVALID_SIZE);
    ASSERT_EQ(updraft_pairing(line, sizeof line), ESP_OK);
    EXPECT_EQ(line, shown_line(chip));
    EXPECT_EQ(updraft_unpair(), ESP_OK);
    chip.tasks.power_off();
    chip.net.power_off();
  });
}

}  // namespace
}  // namespace updraft::esp_idf
