#include "host/push/raw_push.hpp"

#include "host/push/push_loop.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::host {

Ended RawPush::push(const PushTo& to, Payload& payload) {
  std::optional<link::RawSender> sender;
  const auto progress = [&sender] {
    const bool known = sender->total() != link::kUnknownSize;
    return Progress{sender->sent(), known ? sender->total() : 0};
  };
  return push_by(
      [&] {
        sender.emplace(payload, cipher ? &*cipher : nullptr);
        return Sending{*sender, progress};
      },
      to);
}

}  // namespace updraft::host
