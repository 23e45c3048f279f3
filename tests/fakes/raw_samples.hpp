// What the raw TCP tests send: images of any size, keys, and the vectors of raw-tcp.md 4.4.
#pragma once
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "protocols/link/link_cipher.hpp"
#include "protocols/raw/raw_sender.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::link::samples {

inline constexpr std::string_view kCbcKey = "12345678901234567890123456789012";
inline constexpr std::string_view kCbcIv = "0123456789012345";
inline constexpr std::string_view kEcbKey = "1234567890";

inline constexpr std::string_view kVectorPlain =
    "e90102204142434445464748494a4b4c4d4e4f505152535455565758595a6162";
inline constexpr std::string_view kVectorCbc =
    "b10f86836b9fbd49ba39a0b5774b3fd6306487b0913ca24c68839ce294110e79";
inline constexpr std::string_view kVectorCbcPkcs7 = "ca22e9209972a55d767992c65244e09e";
inline constexpr std::string_view kVectorEcb =
    "253c87b7c8ad5e44741dfb29e471bc5d076406d7f0b59904482fa2311f8029b1";

inline std::vector<std::byte> hex(std::string_view digits) {
  return golden::from_hex(std::string(digits));
}

enum class Sealing { plain, ecb, cbc };
inline constexpr Sealing kSealings[] = {Sealing::plain, Sealing::ecb, Sealing::cbc};

inline std::string name(Sealing sealing) {
  constexpr const char* kNames[] = {"plain", "ecb", "cbc"};
  return kNames[static_cast<int>(sealing)];
}
inline void PrintTo(Sealing sealing, std::ostream* out) { *out << name(sealing); }

inline std::optional<LinkCipher> cipher(Sealing sealing) {
  if (sealing == Sealing::plain) return std::nullopt;
  if (sealing == Sealing::ecb) return link_cipher(crypto::AesMode::ecb, kEcbKey).value();
  return link_cipher(crypto::AesMode::cbc, kCbcKey, kCbcIv).value();
}

// Starts like an image and repeats nowhere soon.
inline std::vector<std::byte> image(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = 0x2545F491;
  for (std::byte& b : bytes) {
    state = state * 1664525 + 1013904223;
    b = static_cast<std::byte>(state >> 24);
  }
  if (size > 0) bytes[0] = std::byte{0xE9};
  return bytes;
}

// What a sender puts on the wire for `plain`.
inline std::vector<std::byte> sealed(Bytes plain, const std::optional<LinkCipher>& with) {
  MemorySource source(plain);
  RawSender sender(source, with ? &*with : nullptr);
  std::vector<std::byte> wire(static_cast<std::size_t>(sender.total()));
  for (std::size_t at = 0; at < wire.size();) at += sender.write_to(MutableBytes(wire).subspan(at));
  return wire;
}

}  // namespace updraft::link::samples
