// A decoder that goes on at a restart point: the target before it comes from elsewhere, and the
// patch bytes that would have made it are passed over or never come.
#include <random>

#include <gtest/gtest.h>

#include "engine/delta/test_memory_ends.hpp"
#include "host/delta/diff.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::diff {
namespace {

using Buffer = std::vector<std::byte>;
constexpr std::uint32_t kPart = 64 * 1024;

// New bytes in every part, so that every chunk of the patch has a size.
Buffer changed(Buffer image, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t at = 10'000; at + 400 < image.size(); at += 16 * 1024) {
    for (std::size_t i = 0; i < 400; ++i) {
      image[at + i] = static_cast<std::byte>(random() & 255u);
    }
  }
  sim::reseal_image(image);
  return image;
}

struct Ran {
  Result<> result;
  Buffer target;
  std::size_t sent = 0;
};

// Sends the patch in pieces; as soon as it can, the decoder is given `parts` parts of `had`.
// `seeks`: what it will pass over is left out.
Ran run(Bytes base, Bytes patch, Bytes had, std::uint32_t parts, std::size_t piece, bool seeks) {
  static delta::Decoder<> decoder;
  delta::MemoryEnds ends(base);
  decoder.reset(ends, static_cast<std::uint32_t>(base.size()), UINT32_MAX);
  Ran ran;
  for (std::size_t at = 0; ran.result && at < patch.size();) {
    const Bytes part = patch.subspan(at, std::min(piece, patch.size() - at));
    ran.result = decoder.push(part);
    at += part.size();
    ran.sent += part.size();
    for (; ran.result && parts > 0 && decoder.next_restart() != 0; --parts) {
      ran.result = decoder.flush();
      const std::uint32_t from = decoder.made(), to = decoder.next_restart();
      const Bytes there = had.subspan(from, to - from);
      ends.target.insert(ends.target.end(), there.begin(), there.end());
      for (Bytes rest = there; ran.result && !rest.empty(); rest = rest.subspan(1)) {
        const Bytes some = at_most(rest, 4096);
        ran.result = decoder.skip(some);
        rest = rest.subspan(some.size() - 1);
      }
    }
    if (!seeks) continue;
    const std::uint32_t idle = decoder.passed_over();
    decoder.leave_out(idle);
    at += idle;
  }
  if (ran.result) ran.result = decoder.finish();
  ran.target = std::move(ends.target);
  return ran;
}

TEST(Restart, GoesOnBehindAnyNumberOfParts) {
  const Buffer base = sim::make_image({.size = 290'000}), target = changed(base, 1);
  const Buffer patch = make_patch(base, target, {.restart = kPart, .progress = {}}).bytes;
  for (const std::size_t piece : {1u, 100u, 1460u}) {
    std::size_t before = patch.size() + 1;
    for (std::uint32_t parts = 0; parts <= 4; ++parts) {
      for (const bool seeks : {false, true}) {
        const Ran ran = run(base, patch, target, parts, piece, seeks);
        ASSERT_TRUE(ran.result) << parts << " " << piece;
        ASSERT_EQ(ran.target, target);
        if (!seeks) {
          EXPECT_EQ(ran.sent, patch.size());
          continue;
        }
        EXPECT_LT(ran.sent, before) << "every part saves something";
        before = ran.sent;
      }
    }
  }
}

// Checksum and digest stand right before, across and after a restart point; bytes follow them.
TEST(Restart, SumsGoOnWhereverTheImageEnds) {
  const std::size_t step = sweep_step(5);
  for (std::size_t size = kPart - 64 + 16 * sweep_start(step); size <= kPart + 80;
       size += 16 * step) {
    const Buffer base = sim::make_image({.size = size});
    Buffer target = changed(base, 2);
    target.resize(3 * kPart - 1000, std::byte{0xA5});
    const Buffer patch = make_patch(base, target, {.restart = kPart, .progress = {}}).bytes;
    for (std::uint32_t parts = 0; parts <= 2; ++parts) {
      const Ran ran = run(base, patch, target, parts, 50, true);
      ASSERT_TRUE(ran.result) << size << " " << parts;
      ASSERT_EQ(ran.target, target);
    }
  }
}

TEST(Restart, PlainPatchesGoOnToo) {
  const Buffer base(200'000, std::byte{7});
  Buffer target = base;
  for (std::size_t at = 0; at < target.size(); at += 5000) target[at] = std::byte{8};
  const Buffer patch = make_patch(base, target, {.restart = kPart, .progress = {}}).bytes;
  for (std::uint32_t parts = 0; parts <= 3; ++parts) {
    const Ran ran = run(base, patch, target, parts, 20, true);
    ASSERT_TRUE(ran.result);
    ASSERT_EQ(ran.target, target);
  }
}

TEST(Restart, WrongBytesAreNoticed) {
  const Buffer base = sim::make_image({.size = 200'000}), target = changed(base, 1);
  const Buffer patch = make_patch(base, target, {.restart = kPart, .progress = {}}).bytes;
  for (const std::size_t at : {20'000u, 65'535u, 100'000u}) {
    Buffer wrong = target;
    wrong[at] ^= std::byte{4};
    const Ran ran = run(base, patch, wrong, 2, 100, true);
    ASSERT_FALSE(ran.result);
    EXPECT_EQ(ran.result.error().code, Code::bad_hash) << at;
  }
}

TEST(Restart, ThereAreNoneInOneChunkOrBeforeTheHead) {
  const Buffer base = sim::make_image({.size = 200'000}), target = changed(base, 1);
  static delta::Decoder<> decoder;
  for (const std::uint32_t restart : {0u, kPart}) {
    const Buffer patch = make_patch(base, target, {.restart = restart, .progress = {}}).bytes;
    delta::MemoryEnds ends(base);
    decoder.reset(ends, static_cast<std::uint32_t>(base.size()), UINT32_MAX);
    for (std::size_t at = 0; at < patch.size(); ++at) {
      ASSERT_TRUE(decoder.push(Bytes(patch).subspan(at, 1)));
      const std::uint32_t next = decoder.next_restart();
      const bool last = decoder.made() >= target.size() / kPart * kPart;
      ASSERT_EQ(next != 0, restart != 0 && decoder.made() > 0 && !last) << at;
      ASSERT_TRUE(next == 0 || next > decoder.made());
    }
  }
}

}  // namespace
}  // namespace updraft::diff
