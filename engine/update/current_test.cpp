// What runs already comes again: a success that writes nothing, whatever it is wrapped in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "engine/update/test_send.hpp"
#include "host/delta/diff.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft {
namespace {

using samples::deflated, samples::Wrapping;
using testing::ElementsAre, testing::IsEmpty;
using Buffer = std::vector<std::byte>;

class CurrentTest : public testing::Test {
 protected:
  CurrentTest() {
    policy.allow_unsigned(kRaw);
    golden::hold_keys(keys);
    run(running);
  }
  void run(const Buffer& image) {
    std::ranges::fill(boot.slots[0].bytes, std::byte{0xFF});
    std::ranges::copy(image, boot.slots[0].bytes.begin());
  }
  std::string send(Bytes payload, std::size_t step = 1460, const Offer& offer = {}) {
    log = {};
    return word(send_in_pieces(updater, payload, step, offer));
  }
  void expect_nothing_changed() {
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.slots[1].programs, 0);
    EXPECT_EQ(boot.forgotten, std::nullopt);
    EXPECT_EQ(boot.selected, std::nullopt);
    EXPECT_EQ(updater.state(), UpdateState::idle);
    EXPECT_FALSE(updater.in_session());
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash flash{8192, std::byte{0xFF}};
  UpdateMemory memory{flash};
  Policy policy;
  fakes::EventLog log;
  format::SealedKeys keys;
  pipeline::UnsealStage unseal{keys};
  std::array<pipeline::InflateStage, kMaxWrappers> inflaters;
  pipeline::PatchStage patch;
  Updater updater{
      boot, &memory, policy, log, {.inflaters = inflaters, .unseal = &unseal, .patch = &patch}};
  const Buffer running = sim::make_image({.version = "1.0.0", .size = 40 * 1024, .seed = 1});
};

TEST_F(CurrentTest, IsASuccessHoweverItIsWrapped) {
  const Buffer gzip = deflated(running, Wrapping::gzip);
  const struct {
    const char* name;
    Buffer payload;
  } rows[] = {
      {"plain", running},
      {"gzip", gzip},
      {"zlib in gzip", deflated(deflated(running, Wrapping::zlib), Wrapping::gzip)},
      {"ecies", golden::sealed(running, format::Seal::ecies)},
      {"rsa", golden::sealed(running, format::Seal::rsa)},
      {"gzip in ecies", golden::sealed(gzip, format::Seal::ecies)},
      {"patch", diff::make_patch(running, running).bytes},
  };
  for (const auto& row : rows) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, row.payload.size()}) {
      SCOPED_TRACE(std::string(row.name) + " in pieces of " + std::to_string(step));
      EXPECT_EQ(send(row.payload, step), "current");
      EXPECT_THAT(log.ended, ElementsAre("current"));
      EXPECT_EQ(log.version, "1.0.0");
      expect_nothing_changed();
    }
  }
  EXPECT_EQ(send(sim::make_image({.version = "2.0.0"})), "ok") << "another one is welcome";
}

TEST_F(CurrentTest, NeedsNeitherANameInItsHeadNorAHash) {
  sim::DemoImage demo{.version = "1.0.0", .size = 20 * 1024};
  demo.elf_sha256 = {};
  for (const bool hash : {true, false}) {
    demo.append_hash = hash;
    const Buffer image = sim::make_image(demo);
    run(image);
    EXPECT_EQ(send(image), "current");
    Buffer padded = image;
    padded.resize(image.size() + 100, std::byte{0x10});
    EXPECT_EQ(send(padded), "current") << "what follows the image has no meaning";
    expect_nothing_changed();
  }
}

// Sector borders, the first byte that may differ, the last one.
TEST_F(CurrentTest, OneByteThatDiffersMakesItAnother) {
  for (const std::size_t at : {std::size_t{300}, std::size_t{4095}, std::size_t{4096},
                               std::size_t{20'000}, running.size() - 64}) {
    SCOPED_TRACE(at);
    fakes::FakeBootControl fresh;
    std::ranges::copy(running, fresh.slots[0].bytes.begin());
    Updater other{fresh, nullptr, policy, log};
    Buffer image = running;
    image[at] ^= std::byte{1};
    sim::reseal_image(image);
    ASSERT_EQ(word(send_in_pieces(other, image, 1460)), "ok");
    EXPECT_EQ(fresh.selected, 1);
    EXPECT_EQ(fresh.forgotten, 1);
    EXPECT_TRUE(std::equal(image.begin(), image.end(), fresh.slots[1].bytes.begin()))
        << "what was held back is there as well";
  }
}

TEST_F(CurrentTest, IsInstalledWhereThatIsAskedFor) {
  EXPECT_EQ(send(running, 1460, {.scheme = kRaw, .again = true}), "ok");
  EXPECT_EQ(boot.selected, 1);
  EXPECT_TRUE(std::equal(running.begin(), running.end(), boot.slots[1].bytes.begin()));
}

TEST_F(CurrentTest, IsNoneBeforeItIsWhole) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{5000}, running.size() - 1}) {
    EXPECT_EQ(send(Bytes(running).first(size)), "size_mismatch");
    expect_nothing_changed();
  }
  Buffer damaged = running;
  damaged.back() ^= std::byte{1};
  EXPECT_EQ(send(damaged), "bad_hash");
}

TEST_F(CurrentTest, TheNextSessionStartsAnew) {
  ASSERT_EQ(send(running), "current");
  ASSERT_TRUE(updater.begin({.scheme = kRaw}).has_value());
  EXPECT_EQ(word(updater.finish()), "payload_missing");
  EXPECT_EQ(send(running), "current");
}

}  // namespace
}  // namespace updraft
