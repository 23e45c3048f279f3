// The bytes of ESPHome's native OTA, and its login: the twin of protocols/esphome/SPEC.md sections
// 1 and 2.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::link {

inline constexpr std::array<std::byte, 5> kEsphomeMagic = {
    std::byte{0x6C}, std::byte{0x26}, std::byte{0xF7}, std::byte{0x5C}, std::byte{0x45}};
inline constexpr std::uint64_t kEsphomeBlock = 8192;  // acknowledged one by one in version 2
inline constexpr std::uint64_t kEsphomeMostBytes = UINT32_MAX;  // its length field has 32 bits

// What a device says, a byte each.
enum class EsphomeSays : std::uint8_t {
  ok = 0x00,
  asks_md5 = 0x01,     // a nonce of 32 hex digits follows
  asks_sha256 = 0x02,  // of 64
  header = 0x40,
  go_on = 0x41,
  prepared = 0x42,
  md5_noted = 0x43,
  received = 0x44,
  installed = 0x45,
  header_gzip = 0x46,  // and the data shall be gzip
  block = 0x47,
  header_extended = 0x48,  // a byte of its features follows
  bad_magic = 0x80,        // from here on: errors, and it closes
  not_prepared = 0x81,
  login_wrong = 0x82,
  not_written = 0x83,
  not_ended = 0x84,
  esp8266_full = 0x88,
  no_space = 0x89,
  no_slot = 0x8A,
  md5_wrong = 0x8B,
  rp2040_full = 0x8C,
  signature_wrong = 0x8D,
  type_unknown = 0x8E,
  older = 0x93,
  encryption_wanted = 0x94,
  unknown = 0xFF,
};
constexpr bool is_esphome_error(std::uint8_t byte) { return byte >= 0x80; }

// What a host says that it can, in a byte of bits; and a device, after header_extended.
inline constexpr std::uint8_t kEsphomeGzip = 1, kEsphomeSha256 = 2, kEsphomeExtended = 4,
                              kEsphomeNoise = 8;
inline constexpr std::uint8_t kEsphomeOffersNoise = 4;  // of a device

// An error of ours as the byte that comes nearest, and such a byte as an error.
EsphomeSays esphome_byte(const Error& why);
Error esphome_error(std::uint8_t byte);

enum class EsphomeHash : std::uint8_t { md5, sha256 };
constexpr std::size_t esphome_chars(EsphomeHash hash) { return hash == EsphomeHash::md5 ? 32 : 64; }
using EsphomeHex = Text<64>;

// hex(H(password, nonce, cnonce)), in lower case.
EsphomeHex esphome_result(EsphomeHash hash, std::string_view password, std::string_view nonce,
                          std::string_view cnonce);
// Takes the same time for every result of the right length.
bool is_esphome_result(std::string_view result, EsphomeHash hash, std::string_view password,
                       std::string_view nonce, std::string_view cnonce);

}  // namespace updraft::link
