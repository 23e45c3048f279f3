// The body of a web server's answer: so many bytes, chunks, or all until the connection ends.
//
//   body.begin(head);
//   while (!rx.empty() && !body.done()) {
//     const Result<Bytes> piece = body.take(rx);   // takes it off the front of rx; may be empty
//   }
//
// Chunks are read strictly (RFC 9112 section 7.1); what stands behind a chunk's size, and the
// fields after the last chunk, mean nothing here and have limits. Error: protocol, web_head.
#pragma once
#include <cstdint>

#include "protocols/pull/response_head.hpp"

namespace updraft::link {

inline constexpr std::size_t kPullChunkDigits = 8;      // of a chunk's size, leading zeros counted
inline constexpr std::size_t kPullChunkLine = 256;      // what may stand behind it
inline constexpr std::size_t kPullTrailerBytes = 1024;  // after the last chunk

class ResponseBody {
 public:
  // `empty`: the answer has none, whatever its head says (204, 304).
  void begin(const ResponseHead& head, bool empty = false);
  Result<Bytes> take(Bytes& rx);
  bool done() const { return at_ == At::done; }
  // The connection's end is the body's: only then it may end before done().
  bool ends_with_connection() const { return at_ == At::endless; }

 private:
  enum class At : std::uint8_t {
    counted,
    endless,
    size,
    behind_size,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_line,
    trailer_end,
    last_end,
    done
  };
  Result<> step(char c);
  Result<> take_size(char c);
  Result<> end_size();
  Bytes take_data(Bytes& rx);

  At at_ = At::done;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::size_t count_ = 0;   // digits, or bytes of what has a limit
};

}  // namespace updraft::link
