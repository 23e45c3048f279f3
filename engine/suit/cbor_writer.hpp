// Writes CBOR in its deterministic form (cbor.hpp) into memory that is given. The caller writes the
// keys of maps in their order. What does not fit is counted, not written: size() says how much room
// it takes.
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft::suit {

class CborWriter {
 public:
  explicit CborWriter(MutableBytes out) : out_(out) {}

  void head(Major major, std::uint64_t value);
  void uint(std::uint64_t value) { head(Major::uint, value); }
  void integer(std::int64_t value);
  void array(std::size_t items) { head(Major::array, items); }
  void map(std::size_t pairs) { head(Major::map, pairs); }
  void bytes(Bytes content);
  void text(std::string_view content);
  void raw(Bytes encoded);              // as it is
  void fixed(std::string_view encoded)  // what a fixed text has between its blanks
  {
    raw(as_bytes(encoded));
  }

  std::size_t size() const { return size_; }
  bool fits() const { return size_ <= out_.size(); }
  Bytes written() const { return out_.first(fits() ? size_ : 0); }

 private:
  MutableBytes out_;
  std::size_t size_ = 0;
};

// How long a byte string is with its head.
constexpr std::size_t wrapped_bytes(std::size_t content) {
  return content + (content < 24 ? 1u : content < 0x100 ? 2u : content < 0x10000 ? 3u : 5u);
}

}  // namespace updraft::suit
