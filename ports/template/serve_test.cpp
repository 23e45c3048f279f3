// The template's loop carries an update from a stream into a slot, and handles every end of a
// stream.
#include "ports/template/serve.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "ports/template/boot_control.hpp"
#include "ports/template/flash.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/ram_flash.hpp"

namespace updraft::port_template {
namespace {

class FakeStream final : public Stream {
 public:
  Instant now() override { return time; }
  Heard wait(MutableBytes buffer, std::optional<Instant> until) override {
    if (!coming.empty()) {
      const std::size_t size = std::min(buffer.size(), coming.size());
      std::copy_n(coming.begin(), size, buffer.begin());
      coming.erase(coming.begin(), coming.begin() + static_cast<std::ptrdiff_t>(size));
      return {Event::bytes, size};
    }
    if (end == Event::deadline) time = until.value();
    return {end, 0};
  }
  bool send(Bytes bytes) override {
    sent.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return !deaf;
  }
  void finish_sending() override { ++finished; }
  void close() override { ++closed; }

  std::deque<std::byte> coming;
  Event end = Event::done;  // what happens once all has come
  bool deaf = false;
  Instant time{};
  std::string sent;
  int finished = 0, closed = 0;
};

class Serving : public testing::Test {
 protected:
  Serving() { policy.allow_unsigned(kRaw); }
  Result<> serve_image() {
    const std::vector<std::byte> image = sim::make_image({.size = 20'000, .min_chip_rev_full = 0});
    stream.coming.assign(image.begin(), image.end());
    link::RawReceiver receiver(updater, {.slot_size = slot.size()});
    return serve(receiver, stream, buffer);
  }

  fakes::RamFlash slot{64 * 1024};
  TwoSlots boot{slot};
  Policy policy;
  Quiet quiet;
  Updater updater{boot, nullptr, policy, quiet};
  FakeStream stream;
  std::array<std::byte, 256> buffer{};
};

TEST_F(Serving, InstallsWhatComes) {
  const Result<> served = serve_image();
  EXPECT_EQ(served ? "ok" : name(served.error().code), "ok");
  EXPECT_EQ(updater.state(), UpdateState::installed);
  EXPECT_EQ(stream.closed, 1);
}

TEST_F(Serving, ALostStreamEndsTheUpdate) {
  stream.end = Stream::Event::lost;
  const std::vector<std::byte> part(100, std::byte{0xE9});
  stream.coming.assign(part.begin(), part.end());
  link::RawReceiver receiver(updater, {.slot_size = slot.size()});
  EXPECT_FALSE(serve(receiver, stream, buffer));
  EXPECT_EQ(updater.state(), UpdateState::idle);
  EXPECT_EQ(stream.closed, 1);
}

TEST_F(Serving, SilenceEndsAtTheLinksDeadline) {
  stream.end = Stream::Event::deadline;
  link::RawReceiver receiver(updater, {.slot_size = slot.size()});
  const Result<> outcome = serve(receiver, stream, buffer);
  ASSERT_FALSE(outcome);
  EXPECT_GT(stream.time, Instant{});
  EXPECT_EQ(stream.closed, 1);
}

TEST_F(Serving, APeerThatCannotBeToldIsLost) {
  stream.deaf = true;
  policy = {};
  EXPECT_FALSE(serve_image());
  EXPECT_EQ(updater.state(), UpdateState::idle);
}

TEST(PartFlash, RefusesWhatIsOutsideBeforeADriverIsAsked) {
  PartFlash flash;
  std::array<std::byte, 4> bytes{};
  EXPECT_FALSE(flash.read(flash.size(), bytes));
  EXPECT_FALSE(flash.program(flash.size() - 2, bytes));
  EXPECT_FALSE(flash.erase(1, kFlashSector));
}

}  // namespace
}  // namespace updraft::port_template
