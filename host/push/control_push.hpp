// Pushing to a co-processor on a serial device.
#pragma once
#include "updraft/control/client.hpp"

#include "host/push/push_method.hpp"

namespace updraft::host {

class ControlPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kControl; }
  // `runs` has a version alone, once it was heard again.
  Ended push(const PushTo& to, Payload& payload) override;

  control::Form form = control::Form::current;
};

}  // namespace updraft::host
