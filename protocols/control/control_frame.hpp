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
  // `memory` outlives it and holds the longest frame that shall be taken: kControlFrameBytes for
  // all that there can be; longer ones are skipped.
  explicit ControlFramer(MutableBytes memory) : memory_(memory) {}

  // The next frame in what came before and in `rx`, of which it takes what it looked at; nullopt:
  // `rx` is used up. The frame's data stays until the next call.
  std::optional<ControlFrame> next(Bytes& rx);

  // Bytes of a frame that is not whole are waiting.
  bool partial() const { return start_ + handed_out_ < end_; }
  // The frame that waits will not be whole: it is skipped. Call next() afterwards, and again while
  // partial(): a whole one may lie in what was skipped.
  void give_up();

 private:
  Bytes held() const { return Bytes(memory_).subspan(start_, end_ - start_); }
  void release();
  void skip();
  void gather(Bytes& rx, std::size_t want);

  MutableBytes memory_;
  std::size_t start_ = 0, end_ = 0;  // of what is held in memory_
  std::size_t handed_out_ = 0;       // of it: the frame that next() returned
};

}  // namespace updraft::link
