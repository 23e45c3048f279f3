// The body of a form's upload (multipart/form-data, RFC 7578) as it arrives, in pieces of any size:
// gives the bytes of its file. The file is the first part that has a file name, or the name "file";
// the other parts are skipped.
//
//   Multipart form(boundary);                    // of the request's Content-Type
//   while (!rx.empty()) use(form.next(rx));      // empty: none of these bytes is the file's
//   form.state() == Multipart::State::done       // the file came to its end
//
// The boundary is found across pieces. The file's bytes may be anything, also what looks like a
// part of the boundary.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::link {

inline constexpr std::size_t kMultipartBoundary = 70;  // characters, RFC 2046 5.1.1
inline constexpr std::size_t kMultipartHead = 4096;    // bytes of one part's head
// What is looked at of a line of a part's head. The rest, a long file name, means nothing here.
inline constexpr std::size_t kMultipartLine = 128;
inline constexpr std::size_t kMultipartPart = 32;  // of the field `part`, which is a short name
// What a form may hold besides its file: heads, boundaries, other fields.
inline constexpr std::uint64_t kMultipartFrame = 16 * 1024;

// The boundary that a Content-Type of multipart/form-data names; empty: it is none, or the boundary
// is not one that RFC 2046 allows.
std::string_view multipart_boundary(std::string_view content_type);
bool is_multipart(std::string_view content_type);

class Multipart {
 public:
  enum class State : std::uint8_t {
    before,  // no file yet
    file,    // within it
    done,    // it has ended; what comes is skipped
    broken,  // this is no such body, or one part's head is larger than kMultipartHead
    none,    // the form has ended, without a file
  };
  // The boundary as multipart_boundary() gives it; it is copied.
  explicit Multipart(std::string_view boundary);

  // Takes bytes from the front of `rx`, all of them or up to the end of what it returns: bytes of
  // the file, valid until the next call.
  Bytes next(Bytes& rx);
  State state() const { return state_; }
  // The value of the field `part`, before the file: what the file is for. Empty: there is none.
  std::string_view part() const { return part_.view(); }
  bool found_file() const { return state_ == State::file || state_ == State::done; }

 private:
  // Where the next byte belongs.
  enum class At : std::uint8_t { content, after_boundary, head };

  Bytes content(Bytes& rx);
  void end_content();
  void after_boundary(char c);
  void head(char c);
  void end_line();
  void take_field(Bytes piece);

  std::array<std::byte, kMultipartBoundary + 4> delimiter_{};  // CR LF - - boundary
  std::size_t delimiter_size_ = 0;
  std::size_t matched_ = 0;  // of the delimiter, held back
  std::array<char, kMultipartLine> line_{};
  std::size_t line_size_ = 0;  // all of it, also what line_ has no room for
  std::size_t head_size_ = 0;
  char last_ = 0;       // the character before, after a boundary and in a head
  bool file_ = false;   // this part's head says so
  bool names_ = false;  // this part is the field `part`
  Text<kMultipartPart> part_;
  At at_ = At::content;
  State state_ = State::before;
};

}  // namespace updraft::link
