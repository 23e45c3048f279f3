// What both ends of the native push share: limits and times (spec/protocols/native.md 2.4), and the
// two payload heads that stand between the parts of a package.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"
#include "updraft/time.hpp"

namespace updraft::link {

inline constexpr std::string_view kNativeBase = "/updraft/v1";
inline constexpr std::size_t kNativeHeaderBytes = 1024;  // of a request; the only peer is ours
inline constexpr std::size_t kNativeHeadBytes = 4096;    // of a package, and of a page of its index
inline constexpr std::size_t kNativeKeySetBytes = 2048;
inline constexpr std::uint64_t kNativeDataBytes = 524'288;  // one PUT: what one page speaks of
inline constexpr std::size_t kNativeReplyBytes = 2048;      // body of a reply
inline constexpr std::uint64_t kNativeChunk = 4096;
inline constexpr std::size_t kNativeMostNeeds = 8;  // entries of `need`

inline constexpr Millis kNativeHandshakeMs{10'000};  // to the first request
inline constexpr Millis kNativeIdleMs{30'000};       // between requests
inline constexpr Millis kNativeQuietMs{10'000};      // then it gives way to one that waits
inline constexpr Millis kNativeStallMs{10'000};      // within a request
inline constexpr Millis kNativeRestartMs{500};       // after the answer
// After its connection was lost a session goes on where it was, to the byte. Later a device finds
// again by digests what its slot holds; until then no other way in is let in
// (docs/decisions/0127-half-a-minute-is-enough.md).
inline constexpr Millis kNativeHoldMs{30'000};
inline constexpr std::uint64_t kNativeMostWait = 25;  // seconds, for an event

using NativeId = std::array<std::byte, 8>;  // of a session

// The HTTP status that goes with an error of a device (spec/protocols/native.md 2.5).
std::uint16_t native_status(const Error& error);

}  // namespace updraft::link
