// The head of a request to a device: which call it is, and its numbers. The paths are those of
// spec/protocols/native.md section 2, in one table.
#pragma once
#include "protocols/native/native_words.hpp"

namespace updraft::link {

enum class NativeCall : std::uint8_t {
  device,
  open,
  need,
  drop,
  apply,
  page,
  data,
  events,
  confirm,
  roll_back,
  restart,
  key_set,
  arm,
  unpair,
};

struct NativeRequest {
  NativeCall call = NativeCall::device;
  NativeId session{};
  std::uint64_t part = 0, page = 0;  // of the path
  std::uint64_t from = 0;            // ?from=, of data
  std::uint64_t after = 0;           // ?after=, of events
  std::uint64_t wait = 0;            // ?wait=, seconds
  std::uint64_t seconds = 0;         // ?seconds=, of arm
  bool restart = false;              // ?restart=1
  std::uint64_t length = 0;          // of the body
  bool closes = false;               // the peer wants no further request
};

// The most that the body of this call may have; 0: it has none.
std::uint64_t most_body(NativeCall call);

// `head`: up to the empty line, and with it. Errors: no_route; protocol, with the status to answer
// (400, 411, 413).
Result<NativeRequest> parse_native_request(std::string_view head);

}  // namespace updraft::link
