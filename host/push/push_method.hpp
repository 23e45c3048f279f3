// Updating a device by one protocol: each has a class of this kind, whose members say what it takes
// to be let in and what is asked for besides the update.
//
//   host::RawPush push;
//   push.cipher = key;
//   const host::Ended ended = push.push({.url = host::parse_url("raw://192.168.1.20")}, payload);
#pragma once
#include "updraft/protocols.hpp"

#include "host/payload.hpp"
#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"

namespace updraft::host {

// Nothing was sent, because the payload cannot be read.
inline Ended unreadable(const SourceFailure& why) {
  Ended ended;
  ended.outcome = std::unexpected(why.error);
  ended.trouble = why.text;
  return ended;
}

class PushMethod {
 public:
  virtual ~PushMethod() = default;
  virtual const Protocol& protocol() const = 0;
  // Blocks until it is over. See failure() of the payload before and after; one that fails in
  // between is not installed anywhere.
  virtual Ended push(const PushTo& to, Payload& payload) = 0;
};

}  // namespace updraft::host
