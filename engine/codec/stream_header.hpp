// The head of a zlib (RFC 1950) or gzip (RFC 1952) stream, told apart by its first byte and read
// byte by byte as it arrives.
//
//   gzip: 1f 8b 08 flags  time[4]  level  system
//         [size u16, extra[size]]  [name 00]  [comment 00]  [CRC-16 of all above]
//   zlib: method  flags; both as a big-endian number divisible by 31
//
// Errors: malformed; `found` is the offset of the byte that broke a rule. Rules beyond the formats:
// a gzip head ends within kGzipHeaderBytes, a zlib stream needs no dictionary.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::codec {

inline constexpr std::size_t kGzipHeaderBytes = 4096;
inline constexpr std::size_t kLeastWindow = 256, kMostWindow = 32'768;  // of RFC 1950

enum class StreamFormat : std::uint8_t { zlib, gzip };

class StreamHeader {
 public:
  void reset() { *this = {}; }
  // Takes bytes from the front of `in`, until done().
  Result<> take(Bytes& in);
  bool done() const { return part_ == Part::done; }
  StreamFormat format() const { return format_; }  // from the first byte on
  // How far the stream looks back, at most; once it is done. gzip does not say.
  std::size_t window() const {
    return format_ == StreamFormat::gzip ? kMostWindow : kLeastWindow << (method_ >> 4);
  }

 private:
  enum class Part : std::uint8_t { fixed, extra_size, extra, name, comment, crc, done };
  bool take(std::uint8_t byte);  // false: it breaks a rule
  bool take_fixed(std::uint8_t byte);
  bool take_number(std::uint8_t byte);  // true when both bytes of `number_` are there
  void enter(Part part);                // or the next one that this stream has
  bool has(Part part) const;

  StreamFormat format_ = StreamFormat::zlib;
  Part part_ = Part::fixed;
  std::size_t taken_ = 0;    // bytes in all
  std::size_t in_part_ = 0;  // bytes of the part
  std::uint8_t method_ = 0;  // zlib's first byte
  std::uint8_t flags_ = 0;   // gzip's
  std::uint16_t number_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace updraft::codec
