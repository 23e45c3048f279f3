// RFC 1321.
#include <bit>

#include "engine/crypto/digest.hpp"

namespace updraft::crypto {
namespace {

// floor(2^32 * |sin(i + 1)|)
constexpr std::array<std::uint32_t, 64> kSine = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::array<int, 4>, 4> kTurns = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

struct Step {
  std::uint32_t mixed;
  std::size_t word;
};

Step step(std::size_t i, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  switch (i / 16) {
    case 0:
      return {(b & c) | (~b & d), i};
    case 1:
      return {(d & b) | (~d & c), (5 * i + 1) % 16};
    case 2:
      return {b ^ c ^ d, (3 * i + 5) % 16};
    default:
      return {c ^ (b | ~d), (7 * i) % 16};
  }
}

void absorb(std::array<std::uint32_t, 4>& h, Bytes block) {
  auto [a, b, c, d] = h;
  for (std::size_t i = 0; i < 64; ++i) {
    const Step now = step(i, b, c, d);
    const std::uint32_t sum = a + now.mixed + kSine[i] + load_le32(block, now.word * 4);
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kTurns[i / 16][i % 4]);
  }
  h = {h[0] + a, h[1] + b, h[2] + c, h[3] + d};
}

}  // namespace

Md5Digest md5(Bytes bytes) {
  std::array<std::uint32_t, 4> h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (; bytes.size() >= 64; bytes = bytes.subspan(64)) absorb(h, bytes);
  std::array<std::byte, 128> tail{};
  std::copy(bytes.begin(), bytes.end(), tail.begin());
  tail[bytes.size()] = std::byte{0x80};
  const std::size_t size = bytes.size() < 56 ? 64 : 128;
  store_le32(tail, size - 8, static_cast<std::uint32_t>(bits));
  store_le32(tail, size - 4, static_cast<std::uint32_t>(bits >> 32));
  for (std::size_t at = 0; at < size; at += 64) absorb(h, Bytes(tail).subspan(at, 64));
  Md5Digest digest;
  for (std::size_t i = 0; i < 4; ++i) store_le32(digest, i * 4, h[i]);
  return digest;
}

}  // namespace updraft::crypto
