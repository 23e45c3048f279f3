// The worked example of protocols/arduino/SPEC.md section 6, for tests.
#pragma once
#include <string_view>
#include <vector>

#include "engine/core/hex.hpp"
#include "protocols/arduino/arduino_words.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::samples {

inline constexpr std::string_view kArduinoPassword = "correct horse";
inline constexpr std::string_view kArduinoInvites =
    "0 45678 10000 bbf1c77538f97ceeb1e03126edaa3594\n";
inline constexpr std::string_view kArduinoNonceThen = "fcea920f7412b5da7be0cf42b8c93759";
inline constexpr std::string_view kArduinoCnonceThen = "661f6211aaf66fc326fd78c290da1201";
inline constexpr std::string_view kArduinoResponseThen = "6a6ef2e591ec498bcda163265623c968";
inline constexpr std::string_view kArduinoNonce =
    "8bb0cf6eb9b17d0f7d22b456f121257dc1254e1f01665370476383ea776df414";
inline constexpr std::string_view kArduinoCnonce =
    "76764d21a98ff39f3ace02ad9bab40cb614d4f3b8914b12b0bef6327eca07912";
inline constexpr std::string_view kArduinoResponse =
    "e7947598b61446bcc366c4cead645cd984395f57d57d1f115ea45f9d8c71a253";
inline constexpr std::string_view kArduinoResponseStored =
    "f88050f8c1c33b67fbfed8d54ac4dc530e04c0c0690c317d1181ec0d05625cf1";

inline std::vector<std::byte> arduino_image(std::size_t size = 10'000) {
  std::vector<std::byte> image(size);
  for (std::size_t i = 0; i < size; ++i) image[i] = static_cast<std::byte>(i % 251);
  return image;
}

// 192.168.4.`last`
inline link::PeerAddress arduino_peer(unsigned last, std::uint16_t port) {
  link::PeerAddress peer{.port = port};
  store_be(MutableBytes(peer.ip).subspan(10, 2), 0xFFFF);
  store_be(MutableBytes(peer.ip).last(4), 0xC0A8'0400 + last);
  return peer;
}

// What a generator has to give for that nonce.
inline void arduino_bits(MutableBytes out) {
  std::array<std::byte, 32> bits;
  (void)read_hex(kArduinoNonce, bits);
  std::ranges::copy(Bytes(bits).first(out.size()), out.begin());
}

}  // namespace updraft::samples
