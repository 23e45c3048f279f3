#include "engine/crypto/md5.hpp"

#include <string>

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"

namespace updraft::crypto {
namespace {

std::string hex_of(const Md5Digest& digest) {
  std::array<std::byte, 32> text;
  write_hex(digest, text);
  return std::string(as_text(text));
}

// RFC 1321 A.5.
TEST(Md5Test, IsThatOfTheRfc) {
  constexpr const char* kRows[][2] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
       "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"}};
  for (const auto& [text, digest] : kRows) {
    Md5 hash;
    hash.update(as_bytes(text));
    EXPECT_EQ(hex_of(hash.finish()), digest) << text;
  }
}

// protocols/arduino/SPEC.md section 6: 10000 bytes, byte i = i mod 251.
TEST(Md5Test, IsTheSameInAnyPieces) {
  std::array<std::byte, 10'000> image;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::byte>(i % 251);
  for (const std::size_t piece : {1u, 3u, 63u, 64u, 65u, 1000u, 10'000u}) {
    Md5 hash;
    for (Bytes rest = image; !rest.empty(); rest = rest.subspan(at_most(rest, piece).size())) {
      hash.update(at_most(rest, piece));
    }
    EXPECT_EQ(hex_of(hash.finish()), "bbf1c77538f97ceeb1e03126edaa3594") << piece;
  }
}

// Every length up to three blocks: the MD5 of all their MD5s, as Python's hashlib has it.
TEST(Md5Test, FillsUpItsLastBlock) {
  std::array<std::byte, 192> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  Md5 all;
  for (std::size_t size = 0; size <= bytes.size(); ++size)
    all.update(md5(Bytes(bytes).first(size)));
  EXPECT_EQ(hex_of(all.finish()), "3422a88327c383ef385aa6c83725dd3e");
}

}  // namespace
}  // namespace updraft::crypto
