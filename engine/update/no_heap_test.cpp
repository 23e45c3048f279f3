// The device library allocates nothing once its objects are made: every malloc of this process is
// counted while an update runs, the crypto backend's included.
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <malloc.h>

#include "updraft/status.hpp"
#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "protocols/arduino/arduino_device.hpp"
#include "protocols/arduino/arduino_inviter.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "protocols/arduino/arduino_upload.hpp"
#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_host.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "protocols/control/control_device.hpp"
#include "protocols/control/control_samples.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/link/link_cipher.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/req/req_client.hpp"
#include "protocols/req/req_server.hpp"
#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_host.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/fakes/no_files.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/golden/test_keys.hpp"

namespace {
std::atomic<bool> counting = false;
std::atomic<int> allocations = 0;
std::atomic<long long> stays = 0;  // bytes allocated and not freed while counting
[[maybe_unused]] void note(void* taken) {
  if (!counting) return;
  ++allocations;
  stays += static_cast<long long>(malloc_usable_size(taken));
}
[[maybe_unused]] void note_freed(void* given) {
  if (counting) stays -= static_cast<long long>(malloc_usable_size(given));
}
}  // namespace

#if !UPDRAFT_SANITIZED  // its own allocator cannot be counted this way
extern "C" {
void* __libc_malloc(std::size_t);               // NOLINT: glibc's own names
void* __libc_calloc(std::size_t, std::size_t);  // NOLINT
void* __libc_realloc(void*, std::size_t);       // NOLINT
void __libc_free(void*);                        // NOLINT
void* malloc(std::size_t size) {
  void* const memory = __libc_malloc(size);
  note(memory);
  return memory;
}
void* calloc(std::size_t count, std::size_t size) {
  void* const memory = __libc_calloc(count, size);
  note(memory);
  return memory;
}
void* realloc(void* old, std::size_t size) {
  note_freed(old);
  void* const memory = __libc_realloc(old, size);
  note(memory);
  return memory;
}
void free(void* memory) {
  note_freed(memory);
  __libc_free(memory);
}
}
#endif

namespace updraft {
namespace {

class Silent final : public Observer {};

struct Counting {
  Counting() {
    allocations = 0;
    stays = 0;
    counting = true;
  }
  ~Counting() { counting = false; }
};

void receive(link::RawReceiver& receiver, Bytes stream) {
  receiver.on_connected(Instant{});
  for (Bytes rest = stream; !rest.empty();) {
    const Bytes part = rest.first(std::min<std::size_t>(1460, rest.size()));
    receiver.on_bytes(part, Instant{});
    receiver.on_waiting(Instant{});
    rest = rest.subspan(part.size());
  }
  receiver.on_peer_done(Instant{});
}

class NoHeap : public testing::Test {
 protected:
  void SetUp() override {
#if UPDRAFT_SANITIZED
    GTEST_SKIP() << "malloc belongs to the sanitizer here; the dev build counts";
#endif
    policy.allow_unsigned(kRaw);
    policy.allow_unsigned(kReq);
    policy.allow_unsigned(kWs);
    policy.allow_unsigned(kControl);
    boot.slots[1].erased.reserve(boot.slots[1].size() / kFlashSector);  // the fake's own list
    journal_flash.erased.reserve(64);
  }
  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{8192};
  UpdateMemory update_memory{journal_flash};
  Policy policy;
  Silent silent;
  std::array<pipeline::InflateStage, kMaxWrappers> inflaters;
  Updater updater{boot, &update_memory, policy, silent, {.inflaters = inflaters}};
  std::vector<std::byte> image = sim::make_image({.size = 300 * 1024});
};

TEST_F(NoHeap, TheCounterCounts) {
  const Counting running;
  void* volatile memory = std::malloc(1);
  std::free(memory);
  EXPECT_EQ(allocations, 1);
}

TEST_F(NoHeap, PlainUpdate) {
  link::RawReceiver receiver(updater, {.slot_size = boot.slots[1].size()});
  {
    const Counting running;
    ASSERT_TRUE(updater.start(StartedBy::power).has_value());
    receive(receiver, image);
  }
  EXPECT_TRUE(receiver.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, EncryptedUpdate) {
  const auto cipher = link::link_cipher(crypto::AesMode::cbc, "12345678901234567890123456789012",
                                        "0123456789012345");
  ASSERT_TRUE(cipher.has_value());
  crypto::Aes256 seal(cipher->mode, crypto::AesDirection::encrypt, cipher->key, cipher->iv);
  std::vector<std::byte> sealed(image.size());
  seal.process(image, sealed);
  link::LinkDecryptor decryptor(*cipher);
  link::RawReceiver receiver(updater, {.slot_size = boot.slots[1].size(), .decryptor = &decryptor});
  {
    const Counting running;
    receive(receiver, sealed);
  }
  EXPECT_TRUE(receiver.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, CompressedUpdate) {
  using samples::deflated, samples::Wrapping;
  const auto packed = deflated(deflated(image, Wrapping::zlib), Wrapping::gzip);
  for (int round = 0; round < 2; ++round) {
    Updater fresh{boot, &update_memory, policy, silent, {.inflaters = inflaters}};
    link::RawReceiver receiver(fresh, {.slot_size = boot.slots[1].size()});
    boot.selected.reset();
    {
      const Counting running;
      receive(receiver, packed);
    }
    EXPECT_TRUE(receiver.outcome().has_value());
    EXPECT_EQ(boot.selected, 1);
    EXPECT_EQ(allocations, 0);
  }
}

// The one place where the crypto backend may allocate: big numbers, while the head's key is
// unwrapped. All of it is freed, and the content allocates nothing.
TEST_F(NoHeap, SealedUpdate) {
  format::SealedKeys keys;
  golden::hold_keys(keys);
  pipeline::UnsealStage unseal{keys};
  for (const auto scheme : {format::Seal::rsa, format::Seal::ecies}) {
    const auto sealed = golden::sealed(image, scheme);
    for (int round = 0; round < 2; ++round) {
      Updater fresh{
          boot, &update_memory, policy, silent, {.inflaters = inflaters, .unseal = &unseal}};
      boot.selected.reset();
      const Bytes head = Bytes(sealed).first(format::kSealedHeaderBytes);
      ASSERT_TRUE(fresh.begin({.scheme = kRaw}).has_value());
      {
        const Counting running;
        ASSERT_TRUE(fresh.write(head).has_value());
      }
      std::printf("%s: %d allocations to unwrap a key, %lld bytes of them stay\n",
                  std::string(format::name(scheme)).c_str(), allocations.load(), stays.load());
      EXPECT_EQ(stays, 0) << "after round " << round;
      {
        const Counting running;
        ASSERT_TRUE(fresh.write(Bytes(sealed).subspan(head.size())).has_value());
        ASSERT_TRUE(fresh.finish().has_value());
      }
      EXPECT_EQ(boot.selected, 1);
      EXPECT_EQ(allocations, 0);
    }
  }
}

TEST_F(NoHeap, FetchedUpdate) {
  link::MemorySource source(image);
  link::ReqServer server(source);
  link::ReqClient client(updater, {.slot_size = boot.slots[1].size()});
  link::Pipe pipe(server, client, 1460);
  {
    const Counting running;
    pipe.run();
  }
  EXPECT_TRUE(client.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, UpdateByWebSocket) {
  link::WsDevice device(updater, updater);
  link::WsHost host({.image = image, .restart = true});
  link::WsChannel there(device, link::WsSide::server);
  link::WsChannel here(host, link::WsSide::client);
  link::Pipe pipe(here, there, 1460);
  std::array<std::byte, kStatusBytes> room;
  StatusKeeper keeper(silent);
  Status status;
  std::size_t written = 0;
  {
    const Counting running;
    pipe.run();
    keeper.fill(status);
    written = write_status(status, room);
  }
  EXPECT_TRUE(here.outcome().has_value());
  EXPECT_EQ(device.wish(), link::WsWish::restart);
  EXPECT_EQ(boot.selected, 1);
  EXPECT_GT(written, 0U);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, UpdateOverTheControlPath) {
  std::vector<std::byte> memory(link::kControlFrameBytes);
  std::vector<std::vector<std::byte>> requests;
  std::int32_t uid = 0;
  const auto add = [&](std::uint32_t id, Bytes data) {
    requests.push_back(link::samples::control_request(id, ++uid, data));
  };
  add(link::control_id::kBegin, {});
  for (Bytes rest = image; !rest.empty();) {
    const Bytes piece = rest.first(std::min<std::size_t>(4000, rest.size()));
    add(link::control_id::kWrite, piece);
    rest = rest.subspan(piece.size());
  }
  add(link::control_id::kGetVersion, {});
  add(link::control_id::kEnd, {});
  link::ControlDevice device(updater, memory, {});
  {
    const Counting running;
    std::byte reply[link::kControlReplyBytes];
    device.on_connected(Instant{});
    for (const auto& request : requests) {
      device.on_bytes(request, Instant{});
      device.on_waiting(Instant{});
      while (device.write_to(reply) > 0) {
      }
    }
    device.on_deadline(Instant{link::kControlRestartMs});
  }
  EXPECT_TRUE(device.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, Bundle) {
  const std::string content(reinterpret_cast<const char*>(image.data()), image.size());
  const samples::Bundle bundle =
      samples::bundle_of({{"a.py", "print(1)"}, {"firmware.bin", content}, {"z.py", ""}});
  std::vector<std::byte> memory(link::kBundleMetaBytes);
  std::array<std::byte, 1460> segment;
  fakes::NoFiles files;
  BundleInstaller installer{updater, files, policy};
  link::ReservedBundleShared shared(memory);
  link::BundleDevice device(installer, shared, {.password = "hunter2"});
  link::MemorySource stream(bundle.stream);
  link::BundleHost host("hunter2", as_bytes(bundle.metadata), stream);
  {
    const Counting running;
    device.on_connected(Instant{});
    for (std::size_t size = 1; size > 0;) {
      size = device.write_to(segment);
      host.on_bytes(Bytes(segment).first(size), Instant{});
      const std::size_t back = host.write_to(segment);
      device.on_bytes(Bytes(segment).first(back), Instant{});
      size += back;
    }
  }
  EXPECT_TRUE(host.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, ByInvitation) {
  const link::PeerAddress host = samples::arduino_peer(2, 1000),
                          at = samples::arduino_peer(1, 3232);
  crypto::Md5 hash;
  hash.update(image);
  std::array<std::byte, link::kDatagramBytes> room;
  link::ArduinoDevice device(updater, {.password = "hunter2"});
  link::ArduinoInviter inviter(
      {.device = at,
       .invitation = {.port = 1, .size = image.size(), .md5 = hash.finish()},
       .password = "hunter2"});
  link::MemorySource source(image);
  link::ArduinoUpload upload(source);
  {
    const Counting running;
    inviter.on_deadline(Instant{});
    while (const auto said = inviter.write_to(room)) {
      device.on_datagram(host, Bytes(room).first(said->size), Instant{});
      while (const auto reply = device.write_to(room)) {
        inviter.on_datagram(at, Bytes(room).first(reply->size), Instant{});
      }
    }
    const auto call = device.call_back();
    ASSERT_TRUE(call);
    call->link->on_connected(Instant{});
    while (upload.phase() != link::Phase::closed) {
      const std::size_t sent = upload.write_to(room);
      call->link->on_bytes(Bytes(room).first(sent), Instant{});
      const std::size_t said = call->link->write_to(room);
      upload.on_bytes(Bytes(room).first(said), Instant{});
      ASSERT_GT(sent + said, 0u);
    }
    device.on_called_back(call->link->outcome(), Instant{});
  }
  EXPECT_TRUE(upload.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, ByAnUploaderOfEsphome) {
  struct Plain final : link::EsphomePayload {
    explicit Plain(Bytes it) : bytes(it) {}
    Bytes plain() override { return bytes; }
    Bytes gzipped() override { return {}; }
    Bytes bytes;
  } content(image);
  std::array<std::byte, 1460> segment;
  link::LoginGuards guards;
  link::EsphomeDevice device(updater, guards, {.password = "hunter2"});
  link::EsphomeHost host(content, "hunter2");
  {
    const Counting running;
    device.on_connected(Instant{});
    host.on_connected(Instant{});
    for (std::size_t size = 1; size > 0;) {
      size = host.write_to(segment);
      device.on_bytes(Bytes(segment).first(size), Instant{});
      const std::size_t back = device.write_to(segment);
      host.on_bytes(Bytes(segment).first(back), Instant{});
      size += back;
    }
  }
  EXPECT_TRUE(host.outcome().has_value());
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(allocations, 0);
}

TEST_F(NoHeap, RefusalsToo) {
  image[12] = std::byte{9};
  link::RawReceiver receiver(updater, {.slot_size = boot.slots[1].size()});
  {
    const Counting running;
    receive(receiver, image);
  }
  EXPECT_EQ(receiver.outcome().error().code, Code::wrong_chip);
  EXPECT_EQ(allocations, 0);
}

}  // namespace
}  // namespace updraft
