// What a device tells the server of its fleet of itself: one event of a report
// (spec/protocols/native.md section 3.4), after a start if it has changed, and when the server
// asks.
//
//   "event":"hello","version":"1.2.3","project":"demo","chip":"esp32c3","slot_size":1048576,
//   "codecs":["plain","zlib","delta"],"tz":"Europe/Berlin","attrs":{"room":"kitchen"}}
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "updraft/bytes.hpp"

#include "protocols/link/http_text.hpp"

namespace updraft::link {

// As servers take them.
inline constexpr std::size_t kMostAttributes = 32;
inline constexpr std::size_t kMostAttributeName = 64;
inline constexpr std::size_t kMostAttributeValue = 128;
inline constexpr std::size_t kMostTimeZone = 64;  // the longest name of IANA's has 32
// With the id of the device and a number it is a report of kMostReportBytes.
inline constexpr std::size_t kMostHelloBytes = 1900;

// What the product says of a device; filters of a server go by it.
struct WebAttribute {
  std::string_view name, value;
};

struct WebHello {
  std::string_view version, project, chip;
  std::uint32_t slot_bytes = 0;
  bool inflates = false, patches = false;
  std::string_view time_zone;  // of IANA, or +02:00; empty: not known
  std::span<const WebAttribute> attributes;
};

using HelloMark = std::array<std::byte, 8>;  // which text it was

// Why no server would take what a product says, whatever image runs: a sentence; empty: one would.
// `room`: of kMostHelloBytes, for the time of the call.
std::string_view fault_of(std::string_view time_zone, std::span<const WebAttribute> attributes,
                          std::span<char> room);
// As above, up to its last brace, into room for kMostHelloBytes. What does not print is a dot.
void write_hello(const WebHello& hello, HttpText& out);
HelloMark mark_of_hello(std::string_view written);

}  // namespace updraft::link
