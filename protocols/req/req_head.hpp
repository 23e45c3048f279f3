// The few words of the package request protocol, as both ends say them: the twin of
// protocols/req/SPEC.md section 2.
//
//   client   req0 CR LF CR LF                          the next package, please
//            req1 CR LF CR LF                          the last one again
//   server   total: 8000 CR LF length: 512 CR LF CR LF   and 512 bytes of data
//
// Numbers are decimal, without sign, blanks or leading zeros. Every package carries both.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::link {

inline constexpr std::string_view kReqNext = "req0\r\n\r\n";
inline constexpr std::string_view kReqAgain = "req1\r\n\r\n";
inline constexpr std::size_t kReqBytes = kReqNext.size();
inline constexpr std::string_view kReqHeadEnd = "\r\n\r\n";
inline constexpr std::size_t kReqHeadBytes = 128;      // a longer head is none
inline constexpr std::size_t kReqDigits = 10;          // in a number
inline constexpr std::size_t kReqPackageBytes = 4096;  // the longest package that is accepted

struct ReqHead {
  std::uint64_t total = 0;   // N: bytes of the whole file
  std::uint64_t length = 0;  // L: bytes of this package, right after the head
  friend bool operator==(const ReqHead&, const ReqHead&) = default;
};

// `head` with its end and nothing after it. Error: protocol for anything that a correct server does
// not send, also for a length that is 0, above kReqPackageBytes or above the total.
Result<ReqHead> parse_req_head(std::string_view head);

// Writes the head, and returns its size; `out` holds kReqHeadBytes.
std::size_t write_req_head(const ReqHead& head, MutableBytes out);

}  // namespace updraft::link
