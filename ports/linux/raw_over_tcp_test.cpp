// Raw TCP between two ends on the loopback interface.
#include <gtest/gtest.h>

#include "ports/linux/test_raw_connections.hpp"
#include "ports/linux/test_reactor.hpp"
#include "ports/linux/test_socket_client.hpp"

namespace updraft::linux_port {
namespace {

using samples::Sealing;
using Words = std::vector<std::string>;

constexpr std::size_t kImage = 5'000'003;  // no multiple of 16

class RawOverTcp : public testing::TestWithParam<Sealing> {
 protected:
  std::uint16_t listen(ConnectionMaker make, const std::string& address = "127.0.0.1") {
    return reactor_.listen(address, 0, std::move(make)).value();
  }
  std::unique_ptr<Connection> host() {
    return std::make_unique<RawHost>(image_, GetParam(), host_);
  }
  void push_to(std::uint16_t port, const std::string& address = "127.0.0.1") {
    host_.all.clear();
    reactor_.connect(address, port, host());
    reactor_.run_until([this] { return !host_.all.empty(); });
  }
  std::vector<std::byte> as_received() const {
    auto bytes = image_;
    if (GetParam() != Sealing::plain) {
      bytes.resize(align_up(kImage, crypto::kAesBlock), std::byte{0xFF});
    }
    return bytes;
  }

  std::vector<std::byte> image_ = samples::image(kImage);
  Device device_{GetParam()};
  Endings host_;
  TestReactor reactor_;
};

INSTANTIATE_TEST_SUITE_P(Sealings, RawOverTcp, testing::ValuesIn(samples::kSealings),
                         [](const auto& row) { return samples::name(row.param); });

TEST_P(RawOverTcp, PushesToADeviceThatListens) {
  push_to(listen(device_.maker()));
  EXPECT_EQ(host_.all, Words{"ok"});
  EXPECT_EQ(device_.endings.all, Words{"ok"});
  EXPECT_EQ(device_.intake.last_bytes, as_received());
}

TEST_P(RawOverTcp, ServesADeviceThatConnects) {
  const std::uint16_t port = listen([this] { return host(); });
  reactor_.connect("localhost", port, device_.connection());
  reactor_.run_until([this] { return !host_.all.empty(); });
  EXPECT_EQ(host_.all, Words{"ok"});
  EXPECT_EQ(device_.intake.last_bytes, as_received());
}

TEST_P(RawOverTcp, SpeaksIpv6) {
  push_to(listen(device_.maker(), "::1"), "::1");
  EXPECT_EQ(device_.intake.last_bytes, as_received());
}

// The sender of a refused image sees a FIN and no reset.
TEST_P(RawOverTcp, DrainsWhatItRefused) {
  device_.intake.write_error = Code::wrong_chip;
  push_to(listen(device_.maker()));
  EXPECT_EQ(host_.all, Words{"ok"});
  EXPECT_EQ(device_.endings.all, Words{"wrong_chip"});
}

TEST_P(RawOverTcp, SurvivesAPeerThatResets) {
  device_.intake.image_size = kImage;
  const std::uint16_t port = listen(device_.maker());
  const auto wire = samples::sealed(image_, samples::cipher(GetParam()));
  SocketClient client(port);
  client.send(Bytes(wire).first(100'000));
  reactor_.run_until([this] { return device_.intake.bytes.size() == 100'000; });
  client.reset();
  reactor_.run_until([this] { return !device_.endings.all.empty(); });
  EXPECT_EQ(device_.endings.all, Words{"size_mismatch"});
  EXPECT_FALSE(device_.intake.in_session);

  push_to(port);
  EXPECT_EQ(host_.all, Words{"ok"});
  EXPECT_EQ(device_.intake.last_bytes, as_received());
}

// OpenBSD netcat keeps its side open after the end of the file: silence ends the image, and the
// device's close lets netcat return.
TEST(RawOverTcpSilence, EndsTheImageOfAPeerThatStaysOpen) {
  const auto image = samples::image(64'000);
  Device device;
  TestReactor reactor;
  SocketClient client(reactor.listen("127.0.0.1", 0, device.maker()).value());
  client.send(image);
  reactor.run_until([&] { return client.ended(); });
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.ended_in_order());
  client.finish();
  reactor.run_until([&] { return !device.endings.all.empty(); });
  EXPECT_EQ(device.endings.all, Words{"ok"});
  EXPECT_EQ(device.intake.last_bytes, image);
}

}  // namespace
}  // namespace updraft::linux_port
