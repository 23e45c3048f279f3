#include "engine/codec/inflater.hpp"

#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"

namespace updraft::codec {
namespace {

using samples::deflated;
using samples::mixed;
using samples::Wrapping;

// With memory of its own, and started.
struct Started : private WithRoom<inflate_memory(kInflateWindow)>, Inflater {
  Started() : Inflater(room) { EXPECT_TRUE(start()); }
};

// What comes out of `in`, taken in pieces; empty if it is malformed.
std::vector<std::byte> inflate_all(Inflater& inflater, Bytes in, std::size_t step) {
  std::vector<std::byte> out;
  while (!in.empty() && !inflater.done()) {
    Bytes part = in.first(std::min(step, in.size()));
    in = in.subspan(part.size());
    while (true) {
      const Result<Bytes> made = inflater.next(part);
      if (!made) return {};
      if (made->empty()) break;
      EXPECT_LE(made->size(), kInflatedBytes);
      out.insert(out.end(), made->begin(), made->end());
    }
  }
  return out;
}

TEST(Inflater, UndoesEveryLevelInAnyPieces) {
  const auto plain = mixed(150'000);
  Started inflater;
  for (int level = 0; level <= 9; ++level) {
    const auto stream = deflated(plain, Wrapping::raw, level);
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, stream.size()}) {
      SCOPED_TRACE(testing::Message() << "level " << level << ", step " << step);
      ASSERT_TRUE(inflater.start());
      EXPECT_TRUE(inflate_all(inflater, stream, step) == plain);
      EXPECT_TRUE(inflater.done());
    }
  }
}

TEST(Inflater, UndoesEveryStrategy) {
  const auto plain = mixed(50'000);
  for (const int strategy : {Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    Started inflater;
    EXPECT_TRUE(inflate_all(inflater, deflated(plain, Wrapping::raw, 6, strategy), 100) == plain);
  }
}

TEST(Inflater, LooksBackTheWholeWindow) {
  std::vector<std::byte> plain = mixed(kInflateWindow);
  plain.insert(plain.end(), plain.begin(), plain.begin() + 300);
  Started inflater;
  EXPECT_TRUE(inflate_all(inflater, deflated(plain, Wrapping::raw), 77) == plain);
}

// Memory for the window that the stream was made with, and no more.
TEST(Inflater, TakesTheWindowThatItIsToldOf) {
  const auto plain = mixed(100'000);
  for (int bits = 9; bits <= 15; ++bits) {
    const std::size_t window = std::size_t{1} << bits;
    Room<inflate_memory(kInflateWindow)> room;
    Inflater inflater(room);
    ASSERT_TRUE(inflater.start(window));
    EXPECT_TRUE(inflate_all(inflater, samples::deflated_within(plain, -bits), 1460) == plain);
    EXPECT_TRUE(inflater.done());
  }
}

TEST(Inflater, HasItsMemoryFromStartToRelease) {
  Room<inflate_memory(1024)> room;
  Inflater inflater(room);
  EXPECT_EQ(room.largest(), inflate_memory(1024));
  const Result<> refused = inflater.start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Code::no_memory, Where::device, inflate_memory(1024),
                                    inflate_memory(kInflateWindow)}));
  ASSERT_TRUE(inflater.start(1024));
  EXPECT_EQ(room.largest(), 0u);
  inflater.release();
  EXPECT_EQ(room.largest(), inflate_memory(1024));
}

TEST(Inflater, LeavesWhatIsBehindTheEnd) {
  auto stream = deflated(mixed(10), Wrapping::raw);
  stream.resize(stream.size() + 5, std::byte{7});
  Started inflater;
  Bytes in = stream;
  EXPECT_EQ(inflater.next(in)->size(), 10u);
  EXPECT_TRUE(inflater.done());
  EXPECT_EQ(in.size(), 5u);
  EXPECT_TRUE(inflater.next(in)->empty());
  EXPECT_EQ(in.size(), 5u);
}

TEST(Inflater, IsNotDoneBeforeTheLastByte) {
  const auto stream = deflated(mixed(3000), Wrapping::raw);
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    Started inflater;
    (void)inflate_all(inflater, Bytes(stream).first(cut), 4096);
    ASSERT_FALSE(inflater.done()) << cut;
  }
}

TEST(Inflater, RefusesWhatIsNoDeflateAndStartsOver) {
  Started inflater;
  const std::vector<std::byte> noise(100, std::byte{0xFF});
  Bytes in = noise;
  EXPECT_EQ(inflater.next(in).error(), (Error{Code::malformed, Where::inflate}));
  in = Bytes(noise).subspan(50);
  EXPECT_FALSE(inflater.next(in)) << "and goes on refusing";
  ASSERT_TRUE(inflater.start());
  const auto plain = mixed(1000);
  EXPECT_TRUE(inflate_all(inflater, deflated(plain, Wrapping::raw), 10) == plain);
}

// Code lengths that make no tree, a stored block whose size is damaged, a match before the start.
TEST(Inflater, RefusesEachKindOfDamage) {
  const std::vector<std::vector<int>> streams = {
      {0x07}, {0x01, 5, 0, 5, 0}, {0x05, 0, 0, 0, 0}, {0x63, 0x00, 0x12}, {0x73, 0x24, 0x21, 0xFF}};
  int refused = 0;
  for (const auto& values : streams) {
    std::vector<std::byte> bytes;
    for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
    Started inflater;
    for (Bytes in = bytes; true;) {
      const Result<Bytes> made = inflater.next(in);
      if (!made) ++refused;
      if (!made || made->empty()) break;
    }
    EXPECT_FALSE(inflater.done());
  }
  EXPECT_GE(refused, 3);
}

TEST(Checksums, AreThoseOfTheStandards) {
  EXPECT_EQ(crc32(0, as_bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32(crc32(0, as_bytes("1234")), as_bytes("56789")), 0xCBF43926u);
  EXPECT_EQ(adler32(1, as_bytes("Wikipedia")), 0x11E60398u);
  EXPECT_EQ(adler32(adler32(1, as_bytes("Wiki")), as_bytes("pedia")), 0x11E60398u);
}

}  // namespace
}  // namespace updraft::codec
