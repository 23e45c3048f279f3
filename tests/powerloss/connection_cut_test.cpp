// The connection is cut at every byte of an image of 32 KiB (nightly: of 64 KiB): the choice of
// slot and the running slot stay as they are, nothing else is started, and the next attempt works.
#include <functional>

#include <gtest/gtest.h>

#include "engine/crypto/aes.hpp"
#include "protocols/control/control_host.hpp"
#include "protocols/link/test_form.hpp"
#include "protocols/pull/web_pull_bench.hpp"
#include "protocols/req/req_server.hpp"
#include "protocols/sd/sd_device.hpp"
#include "protocols/ws/ws_device.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

const std::size_t kStep = sweep_step(61);
const std::size_t kImageBytes = sweep() == Sweep::nightly ? 65'536 : 32'768;  // five digits each
constexpr std::size_t kBootEvery = 2048;  // cuts after which the device is really booted again
constexpr std::size_t kUpdateSlot =
    0x40000;  // of both geometries; everything below must not change

Image encrypt(const Image& image, const link::LinkCipher& cipher) {
  crypto::Aes256 aes(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv);
  Image sealed(image.size());
  aes.process(image, sealed);
  return sealed;
}

// `attempt` sends `next` over a connection that is cut after so many bytes; returns how it ended.
using Attempt = std::function<std::string(Rig&, const Image& next, std::size_t cut)>;

void cut_everywhere(std::size_t wire_bytes, const Attempt& attempt,
                    std::size_t image_bytes = kImageBytes, std::size_t step = kStep,
                    const Geometry& geometry = kTwoSlots) {
  const Image next = make_image("2.0.0", image_bytes);
  Rig rig(geometry, make_image("1.0.0", image_bytes), nullptr);
  ASSERT_TRUE(rig.power_on());
  const Image before(rig.cells().begin(), rig.cells().begin() + kUpdateSlot);
  std::size_t cuts = 0;
  for (std::size_t at = sweep_start(step); at < wire_bytes; at += step, ++cuts) {
    ASSERT_NE(attempt(rig, next, at), "ok") << "cut at byte " << at;
    ASSERT_EQ(rig.device().updater().state(), UpdateState::idle);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), rig.cells().begin())) << at;
    if (cuts % kBootEvery != 0) continue;
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "1.0.0");
  }
  ASSERT_EQ(attempt(rig, next, wire_bytes), "ok");
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "2.0.0");
  std::printf("connection cuts tried: %zu\n", cuts);
}

void cut_raw_everywhere(const link::LinkCipher* cipher) {
  Image stream;
  cut_everywhere(kImageBytes, [&](Rig& rig, const Image& next, std::size_t cut) {
    if (stream.empty()) stream = cipher != nullptr ? encrypt(next, *cipher) : next;
    return rig.push(Bytes(stream).first(cut), cipher);
  });
}

TEST(ConnectionCut, PlainAtEveryByte) { cut_raw_everywhere(nullptr); }

TEST(ConnectionCut, CbcAtEveryByte) {
  const auto cipher = link::link_cipher(crypto::AesMode::cbc, "12345678901234567890123456789012",
                                        "0123456789012345");
  ASSERT_TRUE(cipher.has_value());
  cut_raw_everywhere(&*cipher);
}

TEST(ConnectionCut, EcbAtEveryByte) {
  const auto cipher = link::link_cipher(crypto::AesMode::ecb, "1234567890");
  ASSERT_TRUE(cipher.has_value());
  cut_raw_everywhere(&*cipher);
}

// A smaller one: each cut after the head costs an unwrapped key.
constexpr std::size_t kSmall = 6 * 1024;

void cut_sealed(format::Seal scheme, std::size_t step) {
  Image stream;
  cut_everywhere(
      kSmall + format::kSealedHeaderBytes,
      [&](Rig& rig, const Image& next, std::size_t cut) {
        if (stream.empty()) stream = seal(next, scheme);
        return rig.push(Bytes(stream).first(cut));
      },
      kSmall, step);
}

TEST(ConnectionCut, EciesAtEveryByte) { cut_sealed(format::Seal::ecies, kStep); }

// Slower: at every fifth byte, so at every place in a block of AES.
TEST(ConnectionCut, RsaAtEveryFifthByte) { cut_sealed(format::Seal::rsa, 5 * kStep); }

TEST(ConnectionCut, SealedOverWebSocketAtEveryByte) {
  constexpr std::size_t kPayload = kSmall + format::kSealedHeaderBytes;
  constexpr std::size_t kHead = 8;  // of a masked frame; one chunk holds all of it
  constexpr std::size_t kSize = 6 + std::string_view(R"({"name":"otaSize","value":6656})").size();
  static_assert(kPayload == 6656 && kPayload <= link::kWsChunk);
  Image stream;
  cut_everywhere(
      kSize + kHead + kPayload,
      [&](Rig& rig, const Image& next, std::size_t cut) {
        if (stream.empty()) stream = seal(next, format::Seal::ecies);
        return rig.talk_ws({.image = stream}, cut);
      },
      kSmall);
}

TEST(ConnectionCut, OnAChipWithFlashEncryptionAtEveryByte) {
  cut_everywhere(
      kSmall,
      [](Rig& rig, const Image& next, std::size_t cut) { return rig.push(Bytes(next).first(cut)); },
      kSmall, kStep, kEncrypted);
}

TEST(ConnectionCut, PackageRequestsAtEveryByte) {
  const std::size_t kPackages = kImageBytes / link::kReqDataBytes;
  constexpr std::size_t kHead = std::string_view("total: 32768\r\nlength: 512\r\n\r\n").size();
  cut_everywhere(kImageBytes + kPackages * kHead, &Rig::fetch);
}

TEST(ConnectionCut, AWebServersAnswersAtEveryByte) {
  const link::FileServer files{std::string(kSmall, '\0')};
  const std::size_t wire = files.part(0, 4095).size() + files.part(4096, kSmall - 1).size();
  const Image other = make_image("9.9.9", kSmall);
  cut_everywhere(
      wire,
      [&](Rig& rig, const Image& next, std::size_t cut) {
        (void)rig.push(Bytes(other).first(kFlashSector));  // else the slot shortens it
        return rig.fetch_web(next, cut);
      },
      kSmall);
}

TEST(ConnectionCut, WebSocketAtEveryByte) {
  constexpr std::size_t kHead = 8;  // of a masked frame of a whole chunk
  constexpr std::size_t kSize = 6 + std::string_view(R"({"name":"otaSize","value":32768})").size();
  const std::size_t kChunks = kImageBytes / link::kWsChunk;
  const Image other = make_image("9.9.9", kImageBytes);
  cut_everywhere(kSize + kImageBytes + kChunks * kHead,
                 [&](Rig& rig, const Image& next, std::size_t cut) {
                   // The device asks for less of what the slot holds of the same image already.
                   (void)rig.push(Bytes(other).first(2 * kFlashSector));
                   return rig.talk_ws({.image = next}, cut);
                 });
}

std::size_t control_wire_bytes() {
  Image frame(link::kControlFrameBytes);
  const Image content(link::kControlChunk);
  std::size_t bytes = 0;
  std::int32_t uid = 0;
  const auto add = [&](std::uint32_t id, std::size_t size) {
    const Bytes data = Bytes(content).first(size);
    bytes += link::encode_control_frame(link::ControlForm::current,
                                        {.id = id, .uid = ++uid, .ota_data = data}, frame);
  };
  add(link::control_id::kBegin, 0);
  for (std::size_t left = kImageBytes; left > 0;) {
    const std::size_t size = std::min(left, link::kControlChunk);
    add(link::control_id::kWrite, size);
    left -= size;
  }
  add(link::control_id::kEnd, 0);
  return bytes;
}

TEST(ConnectionCut, UploadsByHttpAtEveryByte) {
  const std::size_t wire = link::form_of("----cut", std::string(kImageBytes, 'x')).size();
  // What comes after the file's end is the form's, and an upload is whole only with it.
  cut_everywhere(wire,
                 [](Rig& rig, const Image& next, std::size_t cut) { return rig.post(next, cut); });
}

TEST(ConnectionCut, ControlPathAtEveryByte) { cut_everywhere(control_wire_bytes(), &Rig::control); }

TEST(ConnectionCut, SerialLineAtEveryByte) { cut_everywhere(kImageBytes, &Rig::uart); }

TEST(ConnectionCut, TopicAtEveryByte) {
  constexpr std::size_t kBefore = 4 + 5 + 4 + 5 + 2;  // connack, suback, the message's head
  cut_everywhere(kBefore + kImageBytes, &Rig::mqtt);
}

TEST(ConnectionCut, CardAtEveryBlock) {
  cut_everywhere(kImageBytes / link::kSdBlock, &Rig::card, kImageBytes, 1);
}

}  // namespace
}  // namespace updraft::powerloss
