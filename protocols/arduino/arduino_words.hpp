// What the two ends of ArduinoOTA say in datagrams: the twin of protocols/arduino/SPEC.md
// section 2.
//
//   host -> device  "0 45678 10000 bbf1c775...\n"    an invitation: command, port, size, MD5
//   device -> host  "OK", "AUTH <nonce>", or a line that says why not
//   host -> device  "200 <cnonce> <response>\n"      the answer to a nonce
//
// Nonces and answers are hex digits, 32 of them before core 3.3.1 and 64 from then on.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/result.hpp"

#include "engine/crypto/md5.hpp"

namespace updraft::link {

inline constexpr std::uint64_t kArduinoApp = 0;  // commands
inline constexpr std::uint64_t kArduinoFileSystem = 100;
inline constexpr std::uint64_t kArduinoAuthCommand = 200;
inline constexpr std::size_t kArduinoDigits = 15;       // of a number, as the original reads them
inline constexpr std::size_t kArduinoLegacyChars = 32;  // of a nonce
inline constexpr std::size_t kArduinoCurrentChars = 64;
inline constexpr std::size_t kArduinoLineBytes = 192;  // the longest line of a device of ours

// In place of "OK", as the original says it.
inline constexpr std::string_view kArduinoOk = "OK";
inline constexpr std::string_view kArduinoAuth = "AUTH ";
inline constexpr std::string_view kArduinoWrong = "Authentication Failed";

struct ArduinoInvitation {
  std::uint64_t command = kArduinoApp;
  std::uint16_t port = 0;  // of the host, to be called on
  std::uint64_t size = 0;  // bytes of the image
  crypto::Md5Digest md5{};
  bool operator==(const ArduinoInvitation&) const = default;
};

struct ArduinoProof {
  std::string_view cnonce, response;  // hex digits, equally many; views into the datagram
};

// As the device's parser takes them: leading spaces do not matter, nor does what comes after the
// line. nullopt: it is none, and stays without a reply.
std::optional<ArduinoInvitation> parse_arduino_invitation(std::string_view datagram);
std::optional<ArduinoProof> parse_arduino_proof(std::string_view datagram);
bool is_arduino_nonce(std::string_view text);  // 32 or 64 hex digits

// Into `out`, which holds kDatagramBytes; returns the size.
std::size_t write_arduino_invitation(const ArduinoInvitation& invitation, MutableBytes out);
std::size_t write_arduino_proof(const ArduinoProof& proof, MutableBytes out);

// "wrong_chip: The image was built ...", without an end of line; at most kArduinoLineBytes. Never
// holds "OK", which an original would take for a success.
std::size_t write_arduino_refusal(const Error& why, MutableBytes out);
// What such a line means to a host: the code that it begins with; not_wanted if it is that of an
// original, whose words are for people.
Error parse_arduino_refusal(std::string_view line);

}  // namespace updraft::link
