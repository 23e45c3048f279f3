#include "protocols/control/control_frame.hpp"

#include <gtest/gtest.h>

#include "protocols/control/control_samples.hpp"

namespace updraft::link {
namespace {

using samples::Octets, samples::control_frame;

Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Octets hex(const std::string& text) { return golden::from_hex(text); }

// All frames of a stream that comes in pieces, as "<endpoint>:<data>"; silence if `end` says so.
std::string frames_in(const Octets& stream, std::size_t chunk, bool silence = false,
                      std::size_t memory_bytes = kControlFrameBytes) {
  Octets memory(memory_bytes);
  ControlFramer framer(memory);
  std::string found;
  const auto take = [&](Bytes rx) {
    while (const auto frame = framer.next(rx)) {
      found += (found.empty() ? "" : " ") + std::to_string(static_cast<int>(frame->endpoint)) +
               ":" +
               (frame->data.size() > 8 ? std::to_string(frame->data.size())
                                       : golden::to_hex(frame->data));
    }
  };
  for (Bytes rest = stream; !rest.empty();) {
    const Bytes part = rest.first(std::min(chunk, rest.size()));
    take(part);
    rest = rest.subspan(part.size());
  }
  while (silence && framer.partial()) {
    framer.give_up();
    take({});
  }
  return framer.partial() ? found + " cut" : found;
}

TEST(ControlFrame, HeadsAreTheSpecs) {
  EXPECT_EQ(control_frame("10741803"), hex("01 0800 6374726c52657370 02 0400 10741803"));
  EXPECT_EQ(control_frame("080310ad02ea1200", ControlEndpoint::event),
            hex("01 0800 6374726c45766e74 02 0800 080310ad02ea1200"));
  EXPECT_EQ(control_frame("081c", ControlEndpoint::older),
            hex("01 0700 636f6e74726f6c 02 0200 081c"));
  EXPECT_EQ(control_frame("080210d8011803c20d00"),
            hex("01 0800 6374726c52657370 02 0a00 080210d8011803c20d00"));
  EXPECT_EQ(control_frame("10761807"), hex("01 0800 6374726c52657370 02 0400 10761807"));
  Octets write = samples::control_bytes(4000);
  const Octets head = hex("10751804aa07a31f0aa01f");
  write.insert(write.begin(), head.begin(), head.end());
  const Octets frame = control_frame(write);
  EXPECT_EQ(frame.size(), 4025u);
  EXPECT_EQ(Octets(frame.begin(), frame.begin() + 14), hex("01 0800 6374726c52657370 02 ab0f"));
}

struct Row {
  const char* name;
  Octets stream;
  std::string frames;
  std::string after_silence;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const Octets kBegin = control_frame("10741803");
const Octets kEnd = control_frame("10761807");

std::vector<Row> rows() {
  const Octets longest(kTlvData, std::byte{0x55});
  const Octets head = hex("01 0800 6374726c52657370 02");
  return {
      {"one", kBegin, "0:10741803", ""},
      {"each_endpoint",
       kBegin + control_frame("ea", ControlEndpoint::event) +
           control_frame("081c", ControlEndpoint::older),
       "0:10741803 1:ea 2:081c", ""},
      {"the_longest", control_frame(longest), "0:8172", ""},
      {"one_byte_longer_is_skipped", head + hex("ed1f") + kEnd, "0:10761807", ""},
      {"the_longest_there_could_be_is_skipped", head + hex("ffff") + kEnd, "0:10761807", ""},
      {"no_data_is_skipped", head + hex("0000") + kEnd, "0:10761807", ""},
      {"noise_in_front", hex("00 01 08 01 ff") + kBegin, "0:10741803", ""},
      {"ones_in_front", hex("01*20") + kBegin, "0:10741803", ""},
      {"another_name", hex("01 0800 6374726c52657371 02 0400 10741803") + kEnd, "0:10761807", ""},
      {"a_longer_name", hex("01 0f00 6374726c52657370") + kEnd, "0:10761807", ""},
      {"data_first", hex("02 0400 10741803 01 0800 6374726c52657370") + kEnd, "0:10761807", ""},
      {"a_type_that_is_none", hex("03 0800 6374726c52657370 02 0400 10741803"), "", ""},
      {"a_head_in_a_head", hex("01 0800 6374726c") + kBegin, "0:10741803", ""},
      {"cut", head + hex("0a00 1234"), " cut", ""},
      {"cut_with_a_frame_after_it", head + hex("6400 1234") + kBegin + kEnd, " cut",
       "0:10741803 0:10761807"},
      {"cut_twice", head + hex("6400") + head + hex("c800") + kBegin, " cut", "0:10741803"},
      {"a_frame_as_data_is_data", control_frame(kBegin) + kEnd, "0:18 0:10761807", ""},
  };
}

class Framing : public testing::TestWithParam<Row> {};

TEST_P(Framing, WhateverThePieces) {
  const Row& row = GetParam();
  for (const std::size_t chunk : {row.stream.size(), std::size_t{1}, std::size_t{3},
                                  std::size_t{13}, std::size_t{14}, std::size_t{4096}}) {
    EXPECT_EQ(frames_in(row.stream, chunk), row.frames) << "in pieces of " << chunk;
    if (row.frames != " cut") continue;
    EXPECT_EQ(frames_in(row.stream, chunk, true), row.after_silence);
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, Framing, testing::ValuesIn(rows()),
                         [](const auto& row) { return std::string(row.param.name); });

// If so little is missing that the next frame fills it up, that frame is lost; the one after it is
// found.
TEST(ControlFrame, CutAnywhereAndGivenUpTheNextOneIsFound) {
  const Octets frame = control_frame(samples::control_bytes(300));
  for (std::size_t cut = 1; cut < frame.size(); ++cut) {
    const Octets broken(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_EQ(frames_in(broken, 7, true), "") << cut;
    const std::string found = frames_in(broken + kBegin + kEnd, 7, true);
    const bool filled_up = frame.size() - cut <= kBegin.size() + kEnd.size();
    EXPECT_TRUE(filled_up || found == "0:10741803 0:10761807") << cut << ": " << found;
    Octets stream = broken;
    while (stream.size() <= frame.size() + kBegin.size()) stream = stream + kBegin;
    EXPECT_TRUE(frames_in(stream, 7, true).ends_with("0:10741803")) << cut;
  }
}

TEST(ControlFrame, LessMemoryTakesShorterFrames) {
  const Octets small = control_frame(Octets(86, std::byte{9}));
  EXPECT_EQ(frames_in(small + kEnd, 50, false, 100), "0:86 0:10761807");
  EXPECT_EQ(frames_in(small + kEnd, 50, false, 99), "0:10761807");
}

TEST(ControlFrame, DataStaysUntilTheNextCall) {
  Octets memory(kControlFrameBytes);
  ControlFramer framer(memory);
  const Octets both = kBegin + kEnd;
  Bytes rx = both;
  const auto first = framer.next(rx);
  ASSERT_TRUE(first);
  EXPECT_FALSE(framer.partial());
  EXPECT_EQ(golden::to_hex(first->data), "10741803");
  ASSERT_TRUE(framer.next(rx));
  framer.give_up();  // nothing to give up
  EXPECT_FALSE(framer.next(rx));
}

}  // namespace
}  // namespace updraft::link
