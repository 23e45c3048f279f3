// The control path's frames (protocols/control/SPEC.md section 2): a name and a message, each with
// type and length, in a stream that has no other borders.
//
//   01 | name length (2) | name | 02 | data length (2) | data          lengths are little-endian
//
// After any damage the framer finds the next frame: bytes that cannot be the head of a frame are
// skipped one by one. When a frame does not end in time, its user calls give_up(), and the bytes of
// that frame are searched for frames again.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/time.hpp"

namespace updraft::link {

inline constexpr std::size_t kTlvData = 8172;         // most data of a frame: a driver's limit
inline constexpr std::size_t kControlHeadBytes = 14;  // in front of the data; 13 in the older form
inline constexpr Millis kControlSilenceMs{1'000};     // after it a frame will not be whole any more
inline constexpr std::size_t kControlFrameBytes = kControlHeadBytes + kTlvData;

enum class ControlEndpoint : std::uint8_t {
  response,  // ctrlResp: requests, and their responses
  event,     // ctrlEvnt: what the device says unasked
  older,     // control: both ways in the older form (section 9)
};

struct ControlFrame {
  ControlEndpoint endpoint;
  Bytes data;  // 1 to kTlvData bytes
};

// Writes the head for `size` bytes of data; returns its length. `out` holds kControlHeadBytes.
std::size_t write_control_head(ControlEndpoint endpoint, std::size_t size, MutableBytes out);

class ControlFramer {
 public:
  // `memory` outlives the framer and holds the longest frame to be taken: kControlFrameBytes for
  // every valid frame; longer ones are skipped.
  explicit ControlFramer(MutableBytes memory) : memory_(memory) {}

  // The next frame in earlier bytes and `rx`, from whose front it takes the bytes that it read;
  // nullopt: `rx` is used up. The frame's data stays valid until the next call.
  std::optional<ControlFrame> next(Bytes& rx);

  // Bytes of an incomplete frame are waiting.
  bool partial() const { return start_ + handed_out_ < end_; }
  // The waiting frame will not be completed: it is skipped. Call next() afterwards, and again while
  // partial(): a complete frame may lie in the skipped bytes.
  void give_up();

 private:
  Bytes held() const { return Bytes(memory_).subspan(start_, end_ - start_); }
  void release();
  void skip();
  void gather(Bytes& rx, std::size_t want);

  MutableBytes memory_;
  std::size_t start_ = 0, end_ = 0;  // of the bytes held in memory_
  std::size_t handed_out_ = 0;       // bytes of the frame that next() returned
};

}  // namespace updraft::link
