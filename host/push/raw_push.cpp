#include "host/push/raw_push.hpp"

#include "host/push/push_loop.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::host {

Ended RawPush::push(const PushTo& to, Payload& payload) {
  link::RawSender sender(payload, cipher ? &*cipher : nullptr);
  return push_by(sender, to, [&sender] {
    const bool known = sender.total() != link::kUnknownSize;
    return Progress{sender.sent(), known ? sender.total() : 0};
  });
}

}  // namespace updraft::host
