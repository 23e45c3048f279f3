// Reads CBOR item by item, and only its deterministic form (cbor.hpp).
//
// Errors stick: after the first one every call returns 0 or nothing, so that a reader of a fixed
// shape asks once, at its end. What is returned are views into the bytes that were given.
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/code.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft::suit {

class CborReader {
 public:
  struct Head {
    Major major = Major::uint;
    std::uint64_t value = 0;  // the number, or the length, or how many items or pairs
  };
  using Mark = const std::byte*;  // a place in the bytes

  // `mismatch`: what it is called if the bytes are not what the caller asks for.
  explicit CborReader(Bytes bytes, Code mismatch = Code::malformed);
  // What it is called if the bytes end before what is asked for.
  void call_cut(Code code) { cut_ = code; }

  Head head();  // of whatever comes
  std::uint64_t uint() { return number(Major::uint); }
  std::size_t small_uint() { return count(Major::uint); }  // UINT32_MAX: that or more
  std::size_t array();
  std::size_t map() { return count(Major::map); }
  std::size_t tag() { return count(Major::tag); }
  Bytes bytes();
  Bytes bytes(std::size_t size);  // of exactly that size
  std::string_view text();
  Bytes take(std::uint64_t size);  // what follows a head, as it is
  Bytes part(std::size_t size);    // the same of a size that is known to be small
  // Exactly these bytes, which are CBOR themselves: what a fixed text has between its blanks. By
  // reference, as they are constants: that is one register, and a chip is short of code.
  void fixed(const std::string_view& bytes);
  // The same, and the number or the bytes behind it.
  std::uint64_t uint_after(const std::string_view& bytes);
  Bytes take_after(const std::string_view& bytes, std::size_t size);
  // Goes into the byte string that is next, and behind it again: all of it must have been read.
  Mark enter();
  void leave(Mark outer);
  void fail() { fail(fault_); }
  void fail(Code code);

  bool good() const { return state_ == State::good; }
  bool cut() const { return state_ == State::cut; }  // the bytes end before an item does
  Code fault() const { return fault_; }              // what is wrong, if it is not good
  bool at_end() const { return good() && at_ == end_; }
  // The next byte; 0 at the end, which begins no item that anybody looks for.
  std::uint8_t next() const;
  std::size_t at() const { return static_cast<std::size_t>(at_ - begin_); }
  Mark mark() const { return at_; }
  Bytes since(Mark start) const { return {start, at_}; }
  Bytes rest() const { return {at_, end_}; }

 private:
  enum class State : std::uint8_t { good, cut, wrong };
  Major item();  // its value is in value_
  std::uint64_t number(Major wanted);
  std::size_t count(Major wanted);
  std::size_t small() const;  // the value; more than UINT32_MAX, which nothing has, is UINT32_MAX
  friend class CborWalk;

  Mark begin_, at_, end_, whole_;  // end_ may be that of a byte string within
  std::uint64_t value_ = 0;
  Code fault_, cut_;
  State state_ = State::good;
};

// One item from end to end, at most kMaxCborDepth deep, without tags. Byte strings are not looked
// into. Runs once over the bytes, without recursion.
bool is_deterministic(Bytes bytes);

bool is_utf8(Bytes bytes);

}  // namespace updraft::suit
