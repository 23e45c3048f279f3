// WebSocket frames as a test writes and reads them: RFC 6455 section 5, by hand.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "protocols/ws/ws_frame.hpp"

namespace updraft::samples {

using link::WsOpcode;

struct WsSent {
  WsOpcode opcode = WsOpcode::text;
  std::string payload;
  bool final = true;
  bool masked = true;
  std::optional<std::uint64_t> announced;  // another length than the payload has
};

inline std::string ws_frame(const WsSent& frame) {
  const std::uint64_t size = frame.announced.value_or(frame.payload.size());
  std::string wire;
  wire += static_cast<char>((frame.final ? 0x80 : 0) | static_cast<int>(frame.opcode));
  const int mask_bit = frame.masked ? 0x80 : 0;
  const int width = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  const int length = width == 0 ? static_cast<int>(size) : width == 2 ? 126 : 127;
  wire += static_cast<char>(mask_bit | length);
  for (int i = width - 1; i >= 0; --i) wire += static_cast<char>(size >> (8 * i) & 0xff);
  const std::string mask = frame.masked ? "\x11\x22\x33\x44" : std::string(4, '\0');
  if (frame.masked) wire += mask;
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    wire += static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return wire;
}
inline std::string ws_text(const std::string& text) { return ws_frame({.payload = text}); }
inline std::string ws_binary(const std::string& bytes) {
  return ws_frame({.opcode = WsOpcode::binary, .payload = bytes});
}

// Takes the frames off what a peer sent; an incomplete one stays.
inline std::vector<WsSent> ws_frames(std::string& wire) {
  std::vector<WsSent> frames;
  for (;;) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(wire[i]); };
    if (wire.size() < 2) return frames;
    const unsigned length = byte(1) & 0x7f;
    const std::size_t width = length == 126 ? 2 : length == 127 ? 8 : 0;
    const bool masked = (byte(1) & 0x80) != 0;
    const std::size_t head = 2 + width + (masked ? 4 : 0);
    if (wire.size() < head) return frames;
    std::uint64_t size = width == 0 ? length : 0;
    for (std::size_t i = 0; i < width; ++i) size = size << 8 | byte(2 + i);
    if (wire.size() - head < size) return frames;
    WsSent frame{static_cast<WsOpcode>(byte(0) & 0x0f),
                 wire.substr(head, size),
                 (byte(0) & 0x80) != 0,
                 masked,
                 {}};
    for (std::size_t i = 0; masked && i < frame.payload.size(); ++i) {
      frame.payload[i] = static_cast<char>(frame.payload[i] ^ wire[2 + width + i % 4]);
    }
    frames.push_back(frame);
    wire.erase(0, head + size);
  }
}

// How tests write a conversation: text as it is, "<4096 bytes>", "close 1001".
inline std::string spoken(const WsSent& frame) {
  if (frame.opcode == WsOpcode::text) return frame.payload;
  if (frame.opcode == WsOpcode::binary) {
    return "<" + std::to_string(frame.payload.size()) + " bytes>";
  }
  if (frame.opcode == WsOpcode::pong) return "pong " + frame.payload;
  if (frame.payload.size() < 2) return "close";
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(frame.payload[i]); };
  return "close " + std::to_string(byte(0) << 8 | byte(1));
}

inline std::string blob(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + (i >> 8));
  return bytes;
}

}  // namespace updraft::samples
