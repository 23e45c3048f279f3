#include "protocols/ws/ws_frame.hpp"

#include <gtest/gtest.h>

#include "protocols/ws/ws_samples.hpp"

namespace updraft::link {
namespace {

using samples::blob;

std::string hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 3) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

struct Read {
  WsFrameHead head;
  std::string payload;
};

// All frames, from pieces of `step` bytes, into a room of three; "protocol" in a payload of its own
// if the reader refuses.
std::vector<Read> read(std::string_view wire, bool masked, std::size_t step) {
  WsFrameReader reader(masked);
  std::vector<Read> frames;
  for (Bytes all = as_bytes(wire); !all.empty();) {
    Bytes rx = all.first(std::min(step, all.size()));
    all = all.subspan(rx.size());
    while (!rx.empty() || reader.frame_ended()) {
      if (!reader.in_frame()) {
        const Result<bool> head = reader.take_head(rx);
        if (!head) {
          frames.push_back({{}, std::string(name(head.error().code))});
          return frames;
        }
        if (!*head) break;
        frames.push_back({reader.head(), ""});
      } else {
        std::array<std::byte, 3> room;
        const Bytes piece = reader.take_payload(rx, room);
        frames.back().payload.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      }
      (void)reader.frame_ended();
    }
  }
  return frames;
}

struct Example {
  const char* name;
  bool masked;
  std::string wire;
  WsOpcode opcode;
  bool final;
  std::string payload;
};
class Rfc6455 : public testing::TestWithParam<Example> {};

// Section 5.7, both ways.
TEST_P(Rfc6455, Examples) {
  const Example& row = GetParam();
  for (const std::size_t step : {1, 2, 3, 1000}) {
    const std::vector<Read> frames = read(row.wire, row.masked, step);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].head.opcode, row.opcode);
    EXPECT_EQ(frames[0].head.final, row.final);
    EXPECT_EQ(frames[0].head.length, row.payload.size());
    EXPECT_EQ(frames[0].payload, row.payload);
  }
  const WsMask mask = {std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};
  std::array<std::byte, kWsHeadBytes> head;
  const std::size_t size = write_ws_head({row.opcode, row.final, row.payload.size()},
                                         row.masked ? &mask : nullptr, head);
  std::string wire(reinterpret_cast<const char*>(head.data()), size);
  std::string payload = row.payload;
  if (row.masked) {
    apply_ws_mask(mask, 0, as_bytes(row.payload), std::as_writable_bytes(std::span(payload)));
  }
  EXPECT_EQ(wire + payload, row.wire);
}

INSTANTIATE_TEST_SUITE_P(
    Section57, Rfc6455,
    testing::Values(
        Example{"unmasked_text", false, hex("81 05 48 65 6c 6c 6f"), WsOpcode::text, true, "Hello"},
        Example{"masked_text", true, hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), WsOpcode::text, true,
                "Hello"},
        Example{"first_fragment", false, hex("01 03 48 65 6c"), WsOpcode::text, false, "Hel"},
        Example{"last_fragment", false, hex("80 02 6c 6f"), WsOpcode::continuation, true, "lo"},
        Example{"ping", false, hex("89 05 48 65 6c 6c 6f"), WsOpcode::ping, true, "Hello"},
        Example{"masked_pong", true, hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"), WsOpcode::pong, true,
                "Hello"},
        Example{"256_bytes", false, hex("82 7e 01 00") + blob(256), WsOpcode::binary, true,
                blob(256)},
        Example{"64_kib", false, hex("82 7f 00 00 00 00 00 01 00 00") + blob(65536),
                WsOpcode::binary, true, blob(65536)}),
    [](const auto& row) { return row.param.name; });

TEST(WsFrame, LengthsAtTheirBorders) {
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{125}, std::uint64_t{126}, std::uint64_t{0xffff},
        std::uint64_t{0x10000}, std::uint64_t{1} << 63, UINT64_MAX}) {
    const WsMask mask{};
    std::array<std::byte, kWsHeadBytes> head;
    const std::size_t size = write_ws_head({WsOpcode::binary, true, length}, &mask, head);
    EXPECT_EQ(size, length < 126 ? 6U : length <= 0xffff ? 8U : 14U);
    WsFrameReader reader(true);
    Bytes rx = Bytes(head).first(size);
    ASSERT_TRUE(reader.take_head(rx).value_or(false));
    EXPECT_EQ(reader.head().length, length);
  }
}

TEST(WsFrame, ServersNeverMask) {
  EXPECT_EQ(read(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), false, 1).at(0).payload, "protocol");
  EXPECT_EQ(read(hex("81 05 48 65 6c 6c 6f"), true, 1).at(0).payload, "protocol");
}

// Bytes after a head that was refused are not taken for a head.
TEST(WsFrame, RefusedOnceIsRefusedForGood) {
  const std::string wire = hex("88 ff") + std::string(12, '1') + blob(200);
  for (const std::size_t step : {1, 2, 3, 14, 300}) {
    WsFrameReader reader(true);
    for (Bytes all = as_bytes(wire); !all.empty();) {
      const std::size_t size = std::min(step, all.size());
      Bytes rx = all.first(size);
      all = all.subspan(size);
      const Result<bool> head = reader.take_head(rx);
      EXPECT_FALSE(head.value_or(false)) << step;
      EXPECT_FALSE(reader.in_frame()) << step;
    }
    Bytes more = as_bytes(wire);
    EXPECT_FALSE(reader.take_head(more).has_value()) << step;
  }
}

TEST(WsFrame, SeveralInOnePiece) {
  const std::string wire = hex("89 00") + hex("81 05 48 65 6c 6c 6f") + hex("8a 00");
  for (const std::size_t step : {1, 4, 100}) {
    const std::vector<Read> frames = read(wire, false, step);
    ASSERT_EQ(frames.size(), 3U) << step;
    EXPECT_EQ(frames[1].payload, "Hello");
  }
}

}  // namespace
}  // namespace updraft::link
