// How many bytes an ESP image has, found while they pass: by its header, the heads of its segments,
// and the checksum and hash behind them (spec/esp32.md). For protocols that do not say where a
// payload ends.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::link {

class ImageExtent {
 public:
  void add(Bytes bytes);  // the next ones
  // All of an image has passed. False for whatever is no plain image: its end is known elsewhere.
  bool reached() const { return state_ == State::known && at_ >= end_; }

 private:
  enum class State : std::uint8_t { header, segments, known, no_image };
  static constexpr std::size_t kHeaderBytes = 24, kSegmentHeadBytes = 8;

  void take(Bytes head);

  State state_ = State::header;
  std::uint64_t at_ = 0;    // bytes that have passed
  std::uint64_t next_ = 0;  // where the next head begins
  std::uint64_t end_ = 0;
  std::array<std::byte, kHeaderBytes> head_{};
  std::size_t held_ = 0;   // bytes of it
  unsigned segments_ = 0;  // still to come
  bool hashed_ = false;
};

}  // namespace updraft::link
