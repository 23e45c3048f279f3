// The native push at the service's door: who is paired and who is not, what goes on after a cut,
// what runs in the end. TLS is whatever the seam has in this program; the sender's is OpenSSL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "ports/esp_idf/native_door.hpp"
#include "tests/esp_idf/native_sender.hpp"
#include "tests/esp_idf/program.hpp"
#include "tests/esp_idf/signed_chip.hpp"
#include "updraft_native.h"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

// The line that the chip's console showed last.
std::string shown_line(const FakeChip& chip) {
  for (auto line = chip.log.rbegin(); line != chip.log.rend(); ++line) {
    const std::size_t at = line->find("updraft-pair:1:");
    if (at != line->npos) return line->substr(at, line->find('\'', at) - at);
  }
  return "";
}

std::size_t times_shown(const FakeChip& chip) {
  return static_cast<std::size_t>(std::ranges::count_if(
      chip.log, [](const std::string& line) { return line.find("updraft-pair:1:") != line.npos; }));
}

struct NativeOnChip : testing::Test {
  bool has_logged(const char* text) {
    return std::ranges::any_of(
        bench.chip.log, [text](const std::string& line) { return line.find(text) != line.npos; });
  }
  explicit NativeOnChip(bool is_signed = false) {
    if (!is_signed) bench.bring_none();
    bench.config.native_port = free_port();
  }
  void start() {
    ASSERT_EQ(bench.start(), ESP_OK);
    if (pairing.id.view().empty()) pairing = link::parse_pairing(shown_line(bench.chip)).value();
  }
  host::PackageParts build(const Image& image) {
    return host::unsigned_parts(image, image, bench.desk.product.class_id);
  }
  // While the chip runs; what the sender returns.
  template <class Sender>
  std::string beside(Sender sender) {
    auto done = std::async(std::launch::async, sender);
    (void)bench.turn_until(
        [&] { return done.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return done.get();
  }
  std::string talk_by(const link::Pairing& with, link::NativeTask& task,
                      std::size_t most = SIZE_MAX) {
    return beside([&] { return talk(bench.config.native_port, with, task, most); });
  }
  std::string push(const host::PackageParts& parts, std::size_t most = SIZE_MAX) {
    link::NativePush task(package_of(parts), true);
    outcome = talk_by(pairing, task, most);
    data_bytes = task.data_bytes();
    return task.is_current() ? "current" : outcome;
  }
  std::string push(const Image& image) { return push(build(image)); }
  link::NativeAnswer ask(std::string_view method, std::string_view path) {
    link::NativeAsk task(method, path);
    outcome = talk_by(pairing, task);
    return task.answer();
  }
  // The restart that was asked for.
  void restart() {
    ASSERT_FALSE(bench.turn_until([] { return false; }));
    ASSERT_TRUE(bench.power_on());
    start();
  }

  SignedChip bench;
  link::Pairing pairing;
  std::uint64_t data_bytes = 0;
  std::string outcome;
};

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

TEST_F(NativeOnChip, TellsWhatHappened) {
  start();
  ASSERT_EQ(push(Image(2000, std::byte{'<'})), "not_an_image");
  const linux_port::TlsKey key = tls_key(pairing);
  ASSERT_EQ(ask("GET", "/events").status, 200);
  EXPECT_EQ(native_door()->pairing_line({}), "") << "it is used";
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
