// WebSocket frames (RFC 6455 section 5): heads from bytes and back, payload in pieces.
//
// A length is only a number here: nothing is allocated or waited for because of it. The caller
// judges the head of a frame before the first byte of payload.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::link {

enum class WsOpcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};
constexpr bool is_control(WsOpcode opcode) { return opcode >= WsOpcode::close; }

// Why a connection is closed, as close frames say it.
enum class WsClose : std::uint16_t {
  normal = 1000,
  going_away = 1001,  // the device restarts
  protocol = 1002,
  unsupported = 1003,  // binary if only text makes sense
  policy = 1008,       // it kept us waiting
  too_big = 1009,
};

struct WsFrameHead {
  WsOpcode opcode = WsOpcode::continuation;
  bool final = true;
  std::uint64_t length = 0;  // as announced
};

inline constexpr std::size_t kWsControl = 125;  // payload of a control frame
inline constexpr std::size_t kWsHeadBytes = 14;

using WsMask = std::array<std::byte, 4>;

// Writes a head; returns its bytes, at most kWsHeadBytes. `mask`: a client's; nullptr: a server's.
std::size_t write_ws_head(const WsFrameHead& head, const WsMask* mask, MutableBytes out);

// Exclusive-or with the mask, which starts at its byte `phase`; its own inverse.
void apply_ws_mask(const WsMask& mask, std::uint64_t phase, Bytes in, MutableBytes out);

class WsFrameReader {
 public:
  // `masked`: the peer is a client, all of whose frames are masked; a server's never are.
  explicit WsFrameReader(bool masked) : masked_(masked) {}

  // Takes bytes off `rx` until a head is complete: true. Error: protocol (reserved bits, unknown
  // opcode, wrong masking, a control frame that is long or in fragments); then for good.
  Result<bool> take_head(Bytes& rx);
  const WsFrameHead& head() const { return head_; }  // of the frame that is being read
  bool in_frame() const { return in_frame_; }

  // Takes payload of the frame off `rx`, as much as `room` holds, and returns it unmasked.
  Bytes take_payload(Bytes& rx, MutableBytes room);
  // True once after the last byte of a frame.
  bool frame_ended();

 private:
  std::size_t head_bytes() const;
  Result<> parse();

  bool masked_;
  bool in_frame_ = false;
  bool broken_ = false;  // a head was refused: nothing after it can be read
  WsFrameHead head_;
  WsMask mask_{};
  std::array<std::byte, kWsHeadBytes> raw_{};
  std::size_t raw_size_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace updraft::link
