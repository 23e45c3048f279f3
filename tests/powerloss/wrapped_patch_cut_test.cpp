// Patches inside a wrapper, cut at every flash operation and along the connection: all of the
// payload is sent again, but what the slot holds up to a restart point is not made again
// (docs/decisions/0038-wrapped-patches-resume.md).
#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "host/delta/diff.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/patch_pair.hpp"

namespace updraft::powerloss {
namespace {

const std::uint64_t kStep = sweep_step(29);
constexpr std::size_t kRestart = 64 * 1024;
// Reads of the base that going on saves, at least: the first 8 KiB of the wire came before it.
constexpr std::uint64_t kSaved = 8 * 1024;

struct Wrapped {
  const char* name;
  Image payload;
};

class WrappedPatchCut : public testing::Test {
 protected:
  // What the next attempt reads of its base; the new image runs after it.
  std::uint64_t send_again(Rig& rig, const Image& payload) {
    const std::uint64_t before = rig.bytes_read_from_home();
    EXPECT_EQ(rig.talk_ws({.image = payload}), "ok");
    const std::uint64_t read = rig.bytes_read_from_home() - before;
    EXPECT_GE(rig.wire_bytes(), payload.size()) << "a wrapper needs every byte";
    EXPECT_TRUE(rig.power_on());
    return read;
  }
  // The same on a device whose slot holds nothing.
  std::uint64_t reads_from_the_beginning(const Image& payload, const Geometry& geometry) {
    Rig rig(geometry, pair.first, nullptr);
    EXPECT_TRUE(rig.power_on());
    return send_again(rig, payload);
  }
  void cut_at_every_flash_operation(const Wrapped& wrapped, const Geometry& geometry) {
    const std::uint64_t whole = reads_from_the_beginning(wrapped.payload, geometry);
    Rig rig(geometry, pair.first, nullptr);
    std::uint64_t cuts = 0, went_on = 0;
    for (const auto how : {sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
      for (std::uint64_t at = sweep_start(kStep);; at += kStep, ++cuts) {
        SCOPED_TRACE(std::string(wrapped.name) + ", " + std::string(sim::name(how)) +
                     " at flash operation " + std::to_string(at));
        rig.restore();
        ASSERT_TRUE(rig.power_on());
        rig.cut(at, how);
        (void)rig.talk_ws({.image = wrapped.payload});
        if (!rig.was_cut()) break;
        ASSERT_TRUE(rig.power_on()) << "nothing boots";
        if (rig.running() == "1.0.0") {
          const std::uint64_t read = send_again(rig, wrapped.payload);
          went_on += read + kSaved < whole ? 1 : 0;
        }
        ASSERT_EQ(rig.running(), "2.0.0");
        ASSERT_TRUE(rig.runs_from_sound_cells());
      }
    }
    std::printf("%s: %llu cuts, of which went on at a restart point: %llu\n", wrapped.name,
                static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(went_on));
    EXPECT_GE(went_on, 3 * (8 * 1024 / kFlashPage / kStep - (kStep > 1 ? 1 : 0)))
        << "the last 8 KiB, page by page";
  }

  const Pair pair{72 * 1024, 4096, 700};
  const Image patch =
      diff::make_patch(pair.first, pair.next, {.restart = kRestart, .progress = {}}).bytes;
  const Wrapped gzip{"gzip", samples::deflated(patch, samples::Wrapping::gzip)};
  const Wrapped zlib{"zlib", samples::deflated(patch, samples::Wrapping::zlib)};
  const Wrapped ecies{"ECIES", seal(patch, format::Seal::ecies)};
  const Wrapped rsa{"RSA", seal(patch, format::Seal::rsa)};
};

TEST_F(WrappedPatchCut, AtEveryFlashOperation) {
  for (const Wrapped* wrapped : {&gzip, &ecies}) cut_at_every_flash_operation(*wrapped, kTwoSlots);
}

TEST_F(WrappedPatchCut, AtEveryFlashOperationThroughFlashEncryption) {
  cut_at_every_flash_operation(rsa, kEncrypted);
}

// The connection, every few bytes: the old image runs, and the same payload is taken after it.
TEST_F(WrappedPatchCut, AlongTheConnection) {
  const std::size_t cuts = sweep() == Sweep::sample ? 20 : 60;
  for (const Wrapped* wrapped : {&gzip, &zlib, &ecies, &rsa}) {
    const std::size_t size = wrapped->payload.size(), step = size / cuts + 1;
    std::uint64_t first = 0, last = 0;
    for (std::size_t at = 0; at < size; at += step) {
      SCOPED_TRACE(std::string(wrapped->name) + " " + std::to_string(at));
      Rig rig(kTwoSlots, pair.first, nullptr);
      ASSERT_TRUE(rig.power_on());
      ASSERT_NE(rig.talk_ws({.image = wrapped->payload}, at), "ok");
      ASSERT_EQ(rig.device().updater().state(), UpdateState::idle);
      ASSERT_EQ(rig.running(), "1.0.0");
      last = send_again(rig, wrapped->payload);
      if (at == 0) first = last;
      ASSERT_EQ(rig.running(), "2.0.0");
    }
    EXPECT_LT(last + kSaved, first) << wrapped->name << ": the last cuts go on";
  }
}

}  // namespace
}  // namespace updraft::powerloss
