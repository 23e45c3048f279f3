// The worked examples of protocols/esphome/SPEC.md section 2, for tests.
#pragma once
#include <string_view>
#include <vector>

#include "engine/core/hex.hpp"
#include "protocols/esphome/esphome_words.hpp"

namespace updraft::samples {

inline constexpr std::string_view kEsphomePassword = "correct horse";
inline constexpr std::string_view kEsphomeNonceMd5 = "25d55ad283aa400af464c76d713c07ad";
inline constexpr std::string_view kEsphomeCnonceMd5 = "62608e08adc29a8d6dbc9754e659f125";
inline constexpr std::string_view kEsphomeResultMd5 = "2248165f8a6b2fa8a8fc519ed62af10a";
inline constexpr std::string_view kEsphomeNonce =
    "8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45";
inline constexpr std::string_view kEsphomeCnonce =
    "948fe603f61dc036b5c596dc09fe3ce3f3d30dc90f024c85f3c82db2ccab679d";
inline constexpr std::string_view kEsphomeResult =
    "5d8cbe9d264212608d581b7f8f8df0eed732c576d20de909500d74e13ef77378";
inline constexpr std::string_view kEsphomeImageMd5 = "bbf1c77538f97ceeb1e03126edaa3594";

inline std::vector<std::byte> esphome_image(std::size_t size = 10'000) {
  std::vector<std::byte> image(size);
  for (std::size_t i = 0; i < size; ++i) image[i] = static_cast<std::byte>(i % 251);
  return image;
}

// What a generator has to give for those nonces.
inline void esphome_bits(MutableBytes out) {
  std::array<std::byte, 32> bits;
  (void)read_hex(kEsphomeNonce, bits);
  std::ranges::copy(Bytes(bits).first(out.size()), out.begin());
}
inline void esphome_host_bits(MutableBytes out) {
  std::array<std::byte, 32> bits;
  (void)read_hex(kEsphomeCnonce, bits);
  std::ranges::copy(Bytes(bits).first(out.size()), out.begin());
}

}  // namespace updraft::samples
