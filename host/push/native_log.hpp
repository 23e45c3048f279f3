// What a paired device tells of itself, as it happens (GET /events of spec/protocols/native.md).
#pragma once
#include <functional>

#include <boost/json/object.hpp>

#include "host/push/push_to.hpp"
#include "protocols/native/native_pairing.hpp"

namespace updraft::host {

class NativeLog {
 public:
  link::Pairing pairing;
  std::function<void(const boost::json::object& event)> tell;

  // All that the device still knows of since its start, then what happens, over its restarts, until
  // PushTo::stopped: that is a success. Errors: unreachable, it was away for a minute; not_paired,
  // and what else makes it pointless to go on.
  Result<> follow(const PushTo& to);
};

}  // namespace updraft::host
