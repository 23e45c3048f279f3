// Undoes raw DEFLATE (RFC 1951) as it arrives, and computes the two checksums of its wrappers.
// CMake chooses the backend (UPDRAFT_INFLATE): zlib on Linux, the ROM's miniz on the chip;
// `updraft_inflate_backend.hpp` is the backend's own header and holds its state type.
//
//   UPDRAFT_TRY(inflater.start());  // no_memory
//   while (true) {
//     const Result<Bytes> made = inflater.next(rx);
//     if (!made) return ...;     // malformed
//     if (made->empty()) break;  // rx is used up, or the stream has ended: done()
//     ... use *made ...
//   }
//
// Its memory (state and output, 11 KiB on the chip, and the window) is borrowed from start() to
// release(). Not thread-safe, not copyable.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/core/lender.hpp"
#include "updraft_inflate_backend.hpp"

namespace updraft::codec {

inline constexpr std::size_t kInflateWindow = 32'768;  // the most that DEFLATE looks back
inline constexpr std::size_t kInflatedBytes = 4'096;   // the most that one call of next() returns

// What start() borrows. `window`: a power of two, 256 to kInflateWindow.
constexpr std::size_t inflate_memory(std::size_t window) { return sizeof(InflateState) + window; }

class Inflater {
 public:
  explicit Inflater(Lender& lender) : lender_(lender) {}  // which outlives it
  ~Inflater() { release(); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  // A new stream, which looks back at most so far. Error: no_memory.
  Result<> start(std::size_t window = kInflateWindow);
  void release();  // start() comes next
  // Takes bytes from the front of `in` and returns what they inflate to, valid until the next call.
  // Bytes after the end of the stream stay in `in`. Error: malformed.
  Result<Bytes> next(Bytes& in);
  bool done() const { return done_; }  // the stream has ended, and all of it was returned

 private:
  Lender& lender_;
  InflateState* state_ = nullptr;
  std::size_t window_ = 0;  // bytes that follow the state
  bool done_ = false;
};

// `so_far` is what an earlier call returned, to go on; to start, 0 and 1.
std::uint32_t crc32(std::uint32_t so_far, Bytes bytes);
std::uint32_t adler32(std::uint32_t so_far, Bytes bytes);

}  // namespace updraft::codec
