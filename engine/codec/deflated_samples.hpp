// Streams as zlib's own compressor makes them.
#pragma once
#include <vector>

#include <zlib.h>

#include "updraft/bytes.hpp"

namespace updraft::samples {

enum class Wrapping : int { raw = -15, zlib = 15, gzip = 15 + 16 };

inline std::vector<std::byte> run_deflate(Bytes plain, Wrapping wrapping, int level, int strategy,
                                          gz_header* head, int flush) {
  z_stream stream{};
  (void)deflateInit2(&stream, level, Z_DEFLATED, static_cast<int>(wrapping), 8, strategy);
  if (head != nullptr) (void)deflateSetHeader(&stream, head);
  std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(plain.size())) + 8192);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)deflate(&stream, flush);
  out.resize(stream.total_out);
  (void)deflateEnd(&stream);
  return out;
}

inline std::vector<std::byte> deflated(Bytes plain, Wrapping wrapping, int level = 9,
                                       int strategy = Z_DEFAULT_STRATEGY,
                                       gz_header* head = nullptr) {
  return run_deflate(plain, wrapping, level, strategy, head, Z_FINISH);
}

// In a smaller window: bits as zlib counts them, 9 to 15 for zlib, negative for raw DEFLATE.
inline std::vector<std::byte> deflated_within(Bytes plain, int bits) {
  return run_deflate(plain, static_cast<Wrapping>(bits), 9, Z_DEFAULT_STRATEGY, nullptr, Z_FINISH);
}

// Raw DEFLATE without an end: copies of it one after the other are one stream.
inline std::vector<std::byte> flushed(Bytes plain) {
  return run_deflate(plain, Wrapping::raw, 9, Z_DEFAULT_STRATEGY, nullptr, Z_FULL_FLUSH);
}

// Half text, half noise: matches of all distances, literals, and blocks that are only stored.
inline std::vector<std::byte> mixed(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < size; ++i) {
    noise = noise * 1664525 + 1013904223;
    const bool text = i / 5000 % 2 == 0;
    bytes[i] = static_cast<std::byte>(text ? i * i / 70 % 11 + 'a' : noise >> 24);
  }
  return bytes;
}

}  // namespace updraft::samples
