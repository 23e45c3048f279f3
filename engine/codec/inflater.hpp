// Undoes raw DEFLATE (RFC 1951) as it arrives, and computes the two checksums of its wrappers.
// CMake chooses the backend (UPDRAFT_INFLATE): zlib on Linux, the ROM's miniz on the chip;
// `updraft_inflate_backend.hpp` is the backend's own header and holds its state type.
//
//   while (true) {
//     const Result<Bytes> made = inflater.next(rx);
//     if (!made) return ...;     // malformed
//     if (made->empty()) break;  // rx is used up, or the stream has ended: done()
//     ... use *made ...
//   }
//
// All memory (window, state, output: about 44 KiB) is part of the object; nothing is allocated.
// Not thread-safe, not copyable.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "updraft_inflate_backend.hpp"

namespace updraft::codec {

inline constexpr std::size_t kInflateWindow = 32'768;  // the most that DEFLATE looks back
inline constexpr std::size_t kInflatedBytes = 4'096;   // the most that one call of next() returns

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  void reset();  // a new stream
  // Takes bytes from the front of `in` and returns what they inflate to, valid until the next call.
  // Bytes after the end of the stream stay in `in`. Error: malformed.
  Result<Bytes> next(Bytes& in);
  bool done() const { return done_; }  // the stream has ended, and all of it was returned

 private:
  InflateState state_;
  bool done_ = false;
};

// `so_far` is what an earlier call returned, to go on; to start, 0 and 1.
std::uint32_t crc32(std::uint32_t so_far, Bytes bytes);
std::uint32_t adler32(std::uint32_t so_far, Bytes bytes);

}  // namespace updraft::codec
