// One life of a device on the emulated machine, over six power-ons: only the flash says which step
// comes next. Exit status 0: done; 10: switch me on again; 1: a check failed.
//
//   1  a blank chip gets a table and 1.0.0; wrong images are refused; 1.1.0 arrives over raw TCP,
//      encrypted
//   2  1.1.0 runs on trial: nothing else is taken before it is confirmed
//   3  1.2.0 is fetched by package requests and the power goes away in the middle
//   4  1.1.0 still runs; 1.2.0 is fetched whole
//   5  1.2.0 runs on trial and does not confirm
//   6  1.1.0 runs again, and takes no 1.2.0 any more
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "engine/core/hex.hpp"
#include "engine/crypto/aes.hpp"
#include "engine/crypto/md5.hpp"
#include "ports/template/serve.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/req/req_client.hpp"
#include "protocols/req/req_server.hpp"
#include "sim/demo_image.hpp"
#include "tests/rv32/chip.hpp"
#include "tests/rv32/machine.hpp"
#include "tests/rv32/outside.hpp"

namespace updraft::rv32 {
namespace {

constexpr std::size_t kImageBytes = 48 * 1024;
constexpr std::size_t kSegment = 1460;
constexpr int kAgain = 10;

std::vector<std::byte> make(const char* version, const char* chip = "esp32c3") {
  return sim::make_image({.chip = format::find_chip(chip),
                          .version = version,
                          .size = kImageBytes,
                          .seed = static_cast<std::uint32_t>(version[2])});
}

template <std::size_t N>
bool is_hex(const std::array<std::byte, N>& bytes, std::string_view hex) {
  std::array<std::byte, 2 * N> digits;
  write_hex(bytes, digits);
  return as_text(digits) == hex;
}

// FIPS 180-4, RFC 1321, NIST SP 800-38A F.2.5 to F.2.6.
void check_crypto() {
  CHECK(is_hex(crypto::sha256(as_bytes("abc")),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(is_hex(crypto::md5(as_bytes("abc")), "900150983cd24fb0d6963f7d28e17f72"));
  constexpr std::array<std::uint8_t, 32> kKey = {0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe,
                                                 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
                                                 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7,
                                                 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
  constexpr std::array<std::uint8_t, 16> kText = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
                                                  0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};
  std::array<std::byte, 16> iv;
  for (std::size_t i = 0; i < iv.size(); ++i) iv[i] = static_cast<std::byte>(i);
  const crypto::Secret<32> key(std::as_bytes(std::span(kKey)));
  std::array<std::byte, 16> out;
  crypto::Aes256(crypto::AesMode::cbc, crypto::AesDirection::encrypt, key, crypto::Secret<16>(iv))
      .process(std::as_bytes(std::span(kText)), out);
  CHECK(is_hex(out, "f58c4c04d6e5f1ba779eabfb5f7bfbd6"));
  crypto::Aes256(crypto::AesMode::cbc, crypto::AesDirection::decrypt, key, crypto::Secret<16>(iv))
      .process(out, out);
  CHECK(std::equal(out.begin(), out.end(), std::as_bytes(std::span(kText)).begin()));
}

// A cipher of the link, as both ends have it.
link::LinkCipher cipher() {
  return *link::link_cipher(crypto::AesMode::cbc, "12345678901234567890123456789012",
                            "0123456789012345");
}

// What the works on the task's stack work on.
Chip* chip;
Bytes payload;
std::size_t most;  // bytes after which the power goes away
Result<> outcome;
link::RawReceiver::Config raw_config;

void start() { CHECK(chip->updater().start(StartedBy::reset).has_value()); }

// A peer that the loop of ports/template hears and talks to, without a network between.
class Peer : public port_template::Stream {
 public:
  Instant now() override { return Instant{}; }
  bool send(Bytes) override { return true; }
  void finish_sending() override {}
  void close() override {}
};

class Sender final : public Peer {
 public:
  Heard wait(MutableBytes buffer, std::optional<Instant>) override {
    const Bytes segment = at_most(rest_, std::min(kSegment, buffer.size()));
    std::ranges::copy(segment, buffer.begin());
    rest_ = rest_.subspan(segment.size());
    return {segment.empty() ? Event::done : Event::bytes, segment.size()};
  }

 private:
  Bytes rest_ = payload;
};

std::array<std::byte, kSegment> wire;  // what comes and what goes

void push_raw() {
  link::RawReceiver receiver(chip->updater(), raw_config);
  Sender sender;
  outcome = port_template::serve(receiver, sender, wire);
}

link::ReqClient* client;  // 4 KiB: static on a device, like the Updater

class Server final : public Peer {
 public:
  bool send(Bytes asked) override {
    server_.on_bytes(asked, Instant{});
    return true;
  }
  Heard wait(MutableBytes buffer, std::optional<Instant>) override {
    const std::size_t size = server_.write_to(buffer);
    if (client->received() >= most) std::exit(kAgain);  // the power goes away
    return {size == 0 ? Event::lost : Event::bytes, size};
  }

 private:
  link::MemorySource source_{payload};
  link::ReqServer server_{source_};
};

void fetch() {
  Server server;
  outcome = port_template::serve(*client, server, wire);
}

// Runs `work` as an update task would, and measures it.
std::uint64_t measured(const char* name, void (*work)()) {
  const std::size_t heap_before = allocations();
  const std::uint64_t before = instructions();
  const std::size_t stack = run_on_task_stack(work);
  const std::uint64_t spent = instructions() - before;
  std::printf("number stack_%s %zu\n", name, stack);
  // The models of the OTA calls allocate; a session that the gate refuses does not reach them.
  if (!outcome) CHECK(allocations() == heap_before);
  return spent;
}

std::string_view push(Bytes image) {
  payload = image;
  raw_config = {.slot_size = chip->slot_bytes()};
  (void)run_on_task_stack(push_raw);
  return outcome ? "ok" : name(outcome.error().code);
}

void refusals() {
  CHECK(push(make("1.0.1", "esp32s3")) == "wrong_chip");
  CHECK(push(as_bytes("<html><body>404 Not Found</body></html>")) == "not_an_image");
  auto damaged = make("1.1.0");
  damaged[kImageBytes / 2] ^= std::byte{1};
  CHECK(push(damaged) == "bad_checksum");
  const auto whole = make("1.1.0");
  CHECK(push(Bytes(whole).first(kImageBytes - 1)) == "size_mismatch");
  CHECK(push(std::vector<std::byte>(kImageBytes, std::byte{0x55})) == "not_an_image");
}

void push_encrypted() {
  const link::LinkCipher shared = cipher();
  auto image = make("1.1.0");
  crypto::Aes256(shared.mode, crypto::AesDirection::encrypt, shared.key, shared.iv)
      .process(image, image);
  static link::LinkDecryptor decryptor(shared);
  payload = image;
  raw_config = {.slot_size = chip->slot_bytes(), .decryptor = &decryptor};
  (void)measured("raw_encrypted", push_raw);
  CHECK(outcome.has_value());
}

// What the flash driver takes for a slot of such bytes.
std::uint64_t flash_instructions(Bytes bytes) {
  CfiFlash nor;
  const std::uint64_t before = instructions();
  const auto unused = static_cast<std::uint32_t>(nor.size() - align_up(bytes.size(), kFlashSector));
  (void)nor.erase(unused, nor.size() - unused);
  (void)nor.program(unused, bytes);
  return instructions() - before;
}

void push_plain_for_numbers() {
  const auto image = make("1.1.0");
  payload = Bytes(image).first(kImageBytes - 16);  // so near the end; it is not installed
  raw_config = {.slot_size = chip->slot_bytes()};
  const std::uint64_t spent = measured("raw", push_raw);
  CHECK(!outcome && outcome.error().code == Code::size_mismatch);
  const std::uint64_t before = instructions();
  (void)crypto::sha256(payload);
  const std::uint64_t hashing = instructions() - before;
  const std::uint64_t driver = flash_instructions(payload);
  number("instructions_per_byte_of_an_update", (spent - hashing - driver) / payload.size());
}

void fetch_next(std::size_t until) {
  const auto image = make("1.2.0");
  static link::ReqClient fresh(chip->updater(), {.slot_size = chip->slot_bytes()});
  client = &fresh;
  payload = image;
  most = until;
  (void)measured("req", fetch);
}

void sizes() {
  number("sizeof_updater", sizeof(Updater));
  number("sizeof_memory", sizeof(UpdateMemory));
  number("sizeof_raw_receiver", sizeof(link::RawReceiver));
  number("sizeof_raw_decryptor", sizeof(link::LinkDecryptor));
  number("sizeof_req_client", sizeof(link::ReqClient));
}

int live() {
  check_crypto();
  static Chip device;
  chip = &device;
  if (device.blank()) {
    device.provision(make("1.0.0"));
    CHECK(device.boot());
    (void)measured("start", start);
    refusals();
    push_plain_for_numbers();
    push_encrypted();
    sizes();
    return kAgain;
  }
  CHECK(device.boot());
  start();
  const std::string_view version = device.app().image.app.version.view();
  std::printf("boots %.*s\n", static_cast<int>(version.size()), version.data());
  const bool pending = device.updater().pending();
  if (version == "1.1.0" && pending) {
    CHECK(push(make("1.2.0")) == "pending_confirm");
    CHECK(device.updater().confirm().has_value());
    fetch_next(kImageBytes / 2);
  }
  if (version == "1.2.0") {
    CHECK(pending);
    return kAgain;
  }
  CHECK(version == "1.1.0");
  fetch_next(SIZE_MAX);
  if (outcome) return kAgain;
  CHECK(outcome.error().code == Code::known_bad);
  return 0;
}

}  // namespace
}  // namespace updraft::rv32

int main() { return updraft::rv32::live(); }
