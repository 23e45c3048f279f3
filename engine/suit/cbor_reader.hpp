// Reads CBOR item by item, and only its deterministic form (cbor.hpp).
//
// Errors stick: after the first one every call returns 0 or nothing, so that a reader of a fixed
// shape asks once, at its end. What is returned are views into the bytes that were given.
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft::suit {

class CborReader {
 public:
  struct Head {
    Major major = Major::uint;
    std::uint64_t value = 0;  // the number, or the length, or how many items or pairs
  };

  explicit CborReader(Bytes bytes) : bytes_(bytes) {}

  Head head();  // of whatever comes
  std::uint64_t uint() { return number(Major::uint); }
  std::uint64_t array() { return number(Major::array); }
  std::uint64_t map() { return number(Major::map); }
  std::uint64_t tag() { return number(Major::tag); }
  Bytes bytes() { return take(number(Major::bytes)); }
  Bytes bytes(std::size_t size);  // of exactly that size
  std::string_view text();
  Bytes take(std::uint64_t size);  // what follows a head, as it is
  // Exactly these bytes, which are CBOR themselves: what a fixed text has between its blanks.
  void fixed(std::string_view bytes);
  void fail() { state_ = State::wrong; }

  bool good() const { return state_ == State::good; }
  bool cut() const { return state_ == State::cut; }  // the bytes end before an item does
  bool at_end() const { return good() && at_ == bytes_.size(); }
  // The next byte; 0 at the end, which begins no item that anybody looks for.
  std::uint8_t next() const { return at_ < bytes_.size() ? load_u8(bytes_, at_) : std::uint8_t{0}; }
  std::size_t at() const { return at_; }
  Bytes since(std::size_t start) const { return bytes_.subspan(start, at_ - start); }

 private:
  enum class State : std::uint8_t { good, cut, wrong };
  std::uint64_t number(Major wanted);

  Bytes bytes_;
  std::size_t at_ = 0;
  State state_ = State::good;
};

// One item from end to end, at most kMaxCborDepth deep, without tags. Byte strings are not looked
// into. Runs once over the bytes, without recursion.
bool is_deterministic(Bytes bytes);

bool is_utf8(Bytes bytes);

}  // namespace updraft::suit
