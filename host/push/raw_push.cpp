#include "host/push/raw_push.hpp"

#include "host/desk/printable.hpp"
#include "host/push/push_loop.hpp"
#include "host/push/ws_witness.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::host {
namespace {

std::string first_line(std::string_view text) {
  return printable(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace

Ended RawPush::push(const PushTo& to, Payload& payload) {
  if (!witness) return send(to, payload);
  const PushTo at = witness_of(to, *witness);
  Ended ended;
  const auto watched = [&] {
    WsWitness seen(at);
    ended.outcome = seen.look();
    if (!ended.outcome) return ended;
    ended = send(to, payload);
    if (ended.outcome) {
      seen.follow(ended, digest);
    } else if (ended.outcome.error().code == Code::aborted) {
      seen.ask_why(ended);
    }
    return ended;
  };
  return until_stopped(watched, &ended);
}

Ended RawPush::send(const PushTo& to, Payload& payload) const {
  std::optional<link::RawSender> sender;
  const auto progress = [&sender] {
    const bool known = sender->total() != link::kUnknownSize;
    return Progress{sender->sent(), known ? sender->total() : 0};
  };
  Ended ended = push_by(
      [&] {
        sender.emplace(payload, cipher ? &*cipher : nullptr);
        return Sending{*sender, progress};
      },
      to);
  ended.refusal = first_line(sender->said());
  return ended;
}

}  // namespace updraft::host
