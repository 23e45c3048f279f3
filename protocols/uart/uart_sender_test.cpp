// The host's end beside devices of each kind: ours, and the original, which confirms before it
// reads and as often as it likes.
#include "protocols/uart/uart_sender.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/uart/uart_device.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"
#include "tests/fakes/serial_pipe.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;

class UartTransfer : public testing::TestWithParam<std::tuple<Sealing, std::size_t, std::size_t>> {
};

TEST_P(UartTransfer, BringsEveryByte) {
  const auto& [sealing, size, chunk] = GetParam();
  const auto image = samples::image(size);
  const auto cipher = samples::cipher(sealing);
  std::optional<LinkDecryptor> decryptor;
  if (cipher) decryptor.emplace(*cipher);
  fakes::FakeIntake intake;
  intake.image_size = size;
  MemorySource source(image);
  UartSender sender(source, {.cipher = cipher ? &*cipher : nullptr});
  UartDevice device(intake, {.slot_size = 1 << 20, .decryptor = decryptor ? &*decryptor : nullptr});
  SerialPipe pipe(sender, device, chunk);
  (void)pipe.run();
  EXPECT_TRUE(sender.outcome());
  EXPECT_EQ(sender.phase(), Phase::closed);
  EXPECT_EQ(device.phase(), Phase::closed);
  EXPECT_EQ(sender.sent(), sender.total());
  auto expected = image;
  if (cipher) expected.resize(align_up(size, crypto::kAesBlock), std::byte{0xFF});
  EXPECT_EQ(intake.last_bytes, expected);
  EXPECT_EQ(intake.misuse, "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, UartTransfer,
                         testing::Combine(testing::ValuesIn(samples::kSealings),
                                          testing::Values<std::size_t>(16, 17, 1023, 1024, 1025,
                                                                       2048, 65'536, 100'003),
                                          testing::Values<std::size_t>(2, 7, 256, 4096)),
                         [](const auto& row) {
                           return samples::name(std::get<0>(row.param)) + "_" +
                                  std::to_string(std::get<1>(row.param)) + "_in_pieces_of_" +
                                  std::to_string(std::get<2>(row.param));
                         });

// A host on virtual time, with a device that the test plays.
class Host {
 public:
  explicit Host(std::size_t size, unsigned baud = 0) : image(samples::image(size)) {
    sender.emplace(source.emplace(image), UartSender::Config{.baud = baud});
    sender->on_connected(now);
    listen();
  }
  void listen() {
    std::array<std::byte, 300> room;
    while (const std::size_t part = sender->write_to(room)) said += part;
    if (open()) sender->on_waiting(now);
  }
  void say(std::string_view text) {
    sender->on_bytes(as_bytes(text), now);
    listen();
  }
  void wait(Millis time) {
    const Instant until = now + time;
    while (open() && sender->deadline() && *sender->deadline() <= until) {
      now = std::max(now, *sender->deadline());
      sender->on_deadline(now);
      listen();
    }
    now = until;
  }
  bool open() const { return sender->phase() != Phase::closed; }
  std::string ended() const {
    if (open()) return "open";
    return word(sender->outcome());
  }

  std::vector<std::byte> image;
  std::optional<MemorySource> source;
  std::optional<UartSender> sender;
  Instant now{7h};
  std::size_t said = 0;
};

TEST(UartSender, SendsTheFirstPieceUnaskedAndWaits) {
  Host host(5000);
  EXPECT_EQ(host.said, 1024u);
  host.wait(29'999ms);
  EXPECT_EQ(host.said, 1024u);
  EXPECT_TRUE(host.open()) << "an original erases its whole slot first";
  host.say("\r\n");
  host.wait(20ms);
  EXPECT_EQ(host.said, 2048u);
}

TEST(UartSender, GivesUpAfterThirtySecondsOrOneAndAHalf) {
  Host first(5000);
  first.wait(30s);
  EXPECT_EQ(first.ended(), "timeout");
  EXPECT_EQ(first.sender->sent(), 0u);
  Host later(5000);
  later.say("\r\n");
  later.wait(20ms);
  later.wait(1'499ms);
  EXPECT_TRUE(later.open());
  later.wait(1ms);
  EXPECT_EQ(later.ended(), "timeout");
  EXPECT_EQ(later.sender->sent(), 1024u);
}

TEST(UartSender, TakesAnyNumberOfConfirmationsForOne) {
  Host host(5000);
  for (int i = 0; i < 40; ++i) {
    host.say("\r\n");
    host.wait(15ms);
    EXPECT_EQ(host.said, 1024u) << "more of them came within 20 ms";
  }
  host.wait(5ms);
  EXPECT_EQ(host.said, 2048u);
}

TEST(UartSender, WaitsUntilAPieceHasLeftTheTransmitter) {
  Host host(5000, 115'200);  // 89 ms for a piece
  host.say("\r\n");          // the original's, at the first byte
  host.wait(108ms);
  EXPECT_EQ(host.said, 1024u);
  host.wait(1ms);
  EXPECT_EQ(host.said, 2048u);
}

TEST(UartSender, StaysSilentAfterTheLastPiece) {
  Host host(1500);
  host.say("\r\n");
  host.wait(20ms);
  EXPECT_EQ(host.said, 1500u);
  host.say("\r\n");
  host.wait(20ms + 2'499ms);
  EXPECT_TRUE(host.open());
  host.wait(1ms);
  EXPECT_EQ(host.ended(), "ok");
  EXPECT_EQ(host.sender->sent(), 1500u);
}

TEST(UartSender, AConsolesLinesAreNoConfirmations) {
  Host host(5000);
  host.say("I (312) boot: chip revision v0.4\r\nE (400) uart: no\r\n");
  host.wait(1s);
  EXPECT_EQ(host.said, 1024u);
  host.say("\r");
  host.say("\n");
  host.wait(20ms);
  EXPECT_EQ(host.said, 2048u);
  host.wait(2s);
  EXPECT_EQ(host.ended(), "timeout");
  EXPECT_TRUE(host.sender->said().starts_with("I (312) boot")) << host.sender->said();
}

TEST(UartSender, ALostLineIsAnEnd) {
  Host host(5000);
  host.sender->on_lost(host.now);
  EXPECT_EQ(host.ended(), "aborted");
  EXPECT_EQ(host.sender->deadline(), std::nullopt);
}

class Short final : public Source {
 public:
  std::uint64_t size() const override { return 5000; }
  std::size_t read(MutableBytes out) override {
    const std::size_t size = std::min(out.size(), left_);
    left_ -= size;
    return size;
  }

 private:
  std::size_t left_ = 100;
};

TEST(UartSender, ASourceThatEndsEarlyIsToldOf) {
  Short source;
  UartSender sender(source, {});
  sender.on_connected({});
  std::array<std::byte, 300> room;
  EXPECT_EQ(sender.write_to(room), 100u);
  EXPECT_EQ(sender.write_to(room), 0u);
  EXPECT_EQ(sender.outcome().error().code, Code::size_mismatch);
}

// Lost bytes are found by the image's checksum at the end, and no resend hides them.
TEST(UartTransferLoss, AByteLostOnTheWayIsNoSuccess) {
  const auto image = samples::image(5000);
  fakes::FakeIntake intake;
  intake.image_size = image.size();
  MemorySource source(image);
  UartSender sender(source, {});
  UartDevice device(intake, {.slot_size = 1 << 20});
  SerialPipe pipe(sender, device, 256);
  int pieces = 0;
  pipe.to_device = [&](std::size_t size) { return ++pieces == 7 ? size - 1 : size; };
  (void)pipe.run();
  EXPECT_EQ(device.phase(), Phase::open);
  EXPECT_EQ(intake.calls, "begin finish");
  EXPECT_EQ(intake.last_bytes.size(), 4999u);
}

}  // namespace
}  // namespace updraft::link
