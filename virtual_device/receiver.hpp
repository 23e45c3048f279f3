// A connection whose link hands its payload to the update engine. A door needs nothing else if its
// protocol is one machine on one connection.
#pragma once
#include <utility>

#include "virtual_device/door.hpp"

namespace updraft::device {

// `Machine` is made of an Intake and the rest of the arguments.
template <class Machine>
class Receiver final : public linux_port::Connection {
 public:
  template <class... Arguments>
  Receiver(const DoorContext& context, Scheme by, Arguments&&... arguments)
      : Receiver(context, by, context.intake, std::forward<Arguments>(arguments)...) {}
  // `intake`: in front of that of the device.
  template <class... Arguments>
  Receiver(const DoorContext& context, Scheme by, Intake& intake, Arguments&&... arguments)
      : context_(context), by_(by), machine_(intake, std::forward<Arguments>(arguments)...) {}
  link::Link& link() override { return machine_; }
  void closed(const Result<>& outcome) override {
    const bool reached = outcome || outcome.error().code != Code::unreachable;
    if (!reached) context_.intake.never_began(by_, outcome.error());  // the machine heard nothing
    if constexpr (requires { machine_.attempted(); }) {
      if (reached && !machine_.attempted()) context_.stranger();
    }
    context_.ended(outcome);
  }

 private:
  const DoorContext& context_;
  Scheme by_;
  Machine machine_;
};

}  // namespace updraft::device
