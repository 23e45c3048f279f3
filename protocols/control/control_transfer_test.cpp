// Both ends of the control path joined: what goes in comes out, and what is lost or damaged on the
// way ends in an answer, never in a wrong image.
#include <random>

#include <gtest/gtest.h>

#include "protocols/control/control_device.hpp"
#include "protocols/control/control_host.hpp"
#include "protocols/control/control_samples.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

class Ends {
 public:
  explicit Ends(ControlForm form = ControlForm::current) : host(form) {
    device.on_connected(now);
    host.on_connected(now);
  }

  // Until the host has its answer; bytes move in pieces of `chunk`.
  bool answered() {
    while (host.waiting()) {
      bool moved = carry(host, device);
      moved = carry(device, host) || moved;
      if (device.phase() != Phase::closed) device.on_waiting(now);
      if (!moved) pass_time();
    }
    return host.answer().has_value();
  }
  bool send(Bytes image) {
    host.begin(now);
    bool sound = answered();
    for (Bytes rest = image; sound && !rest.empty();) {
      const Bytes piece = rest.first(std::min(kControlChunk, rest.size()));
      host.write(piece, now);
      sound = answered();
      rest = rest.subspan(piece.size());
    }
    if (sound) host.end(now);
    return sound && answered();
  }

  std::size_t chunk = 1000;
  std::function<void(std::vector<std::byte>&)> on_the_way = [](auto&) {};
  fakes::FakeIntake intake;
  std::vector<std::byte> memory = std::vector<std::byte>(kControlFrameBytes);
  ControlDevice device{intake, memory, {}};
  ControlHost host;
  Instant now{};

 private:
  bool carry(Link& from, Link& to) {
    std::vector<std::byte> frame(kControlFrameBytes);
    frame.resize(from.write_to(frame));
    if (frame.empty()) return false;
    on_the_way(frame);
    for (Bytes rest = frame; !rest.empty();) {
      const Bytes part = rest.first(std::min(chunk, rest.size()));
      to.on_bytes(part, now);
      rest = rest.subspan(part.size());
    }
    return true;
  }
  void pass_time() {
    std::optional<Instant> next = host.deadline();
    if (device.deadline() && (!next || *device.deadline() < *next)) next = device.deadline();
    now = std::max(now, *next);
    device.on_deadline(now);
    host.on_deadline(now);
  }
};

TEST(ControlTransfer, BringsEveryByteInBothForms) {
  for (const auto form : {ControlForm::current, ControlForm::older}) {
    for (const std::size_t size : {1, 3999, 4000, 4001, 12'000, 100'003}) {
      for (const std::size_t chunk : {1, 14, 4096}) {
        Ends ends(form);
        ends.chunk = chunk;
        const auto image = samples::control_bytes(size);
        EXPECT_TRUE(ends.send(image)) << size << " in pieces of " << chunk;
        EXPECT_EQ(ends.intake.last_bytes, image);
        EXPECT_EQ(ends.intake.misuse, "");
        EXPECT_EQ(ends.now, Instant{}) << "nobody waits for anything";
      }
    }
  }
}

// uids grow over the borders of their encoding.
TEST(ControlTransfer, BringsMoreThan16383Pieces) {
  Ends ends;
  ends.host.begin(ends.now);
  ASSERT_TRUE(ends.answered());
  const auto piece = samples::control_bytes(7);
  for (int i = 0; i < 16'500; ++i) {
    ends.host.write(piece, ends.now);
    ASSERT_TRUE(ends.answered()) << i;
  }
  ends.host.end(ends.now);
  EXPECT_TRUE(ends.answered());
  EXPECT_EQ(ends.intake.last_bytes.size(), 16'500u * 7);
}

// Each frame is lost, doubled, delayed into silence or has a byte too few, one in eight.
TEST(ControlTransfer, TroubleOnTheWayIsNeverAWrongImage) {
  const auto image = samples::control_bytes(30'000);
  int sound = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Ends ends;
    std::mt19937 random(seed);
    ends.on_the_way = [&](std::vector<std::byte>& frame) {
      const auto trouble = random() % 64;
      if (trouble == 0) frame.clear();
      if (trouble == 1) frame.insert(frame.end(), frame.begin(), frame.end());
      if (trouble == 2)
        frame.erase(frame.begin() + static_cast<std::ptrdiff_t>(random() % frame.size()));
      if (trouble == 3) frame.insert(frame.begin(), 3, std::byte{1});
    };
    ends.intake.image_size = image.size();
    const bool done = ends.send(image);
    const bool whole = ends.intake.last_bytes == image;
    // A write that is doubled on the wire is written twice: the image check finds that, and the
    // fake engine has none. A success of the host means that the device said so for this very
    // request.
    EXPECT_TRUE(!done || whole || ends.intake.last_bytes.size() > image.size()) << seed;
    EXPECT_EQ(ends.intake.misuse, "") << seed;
    sound += done && whole ? 1 : 0;
    ends.on_the_way = [](auto&) {};
    if (ends.device.phase() == Phase::closed || done) continue;
    ends.now += 2s;
    ends.device.on_deadline(ends.now);
    ends.host.on_deadline(ends.now);
    ends.host.ask_version(ends.now);
    ends.answered();
    const bool installed_already = ends.intake.calls.ends_with("finish");
    EXPECT_TRUE(installed_already || ends.send(image)) << "the next attempt works, seed " << seed;
  }
  EXPECT_GT(sound, 50) << "some go through, or this proves nothing";
}

}  // namespace
}  // namespace updraft::link
