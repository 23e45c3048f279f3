#include "host/push/ws_push.hpp"

#include "host/desk/printable.hpp"
#include "host/push/ws_follow.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::host {
namespace {

using link::WsHost;

// One push; each step returns an error, or goes on.
class Run {
 public:
  Run(const WsPush& asked, const PushTo& to, Bytes payload)
      : asked_(asked), payload_(payload), client_(to, asked.trust) {}

  Ended run() {
    ended_.outcome = work();
    ended_.certificate = client_.certificate();
    return ended_;
  }

 private:
  Result<> work() {
    UPDRAFT_TRY(look());
    if (asked_.pending == WsPush::Pending::go_back) UPDRAFT_TRY(roll_back_first());
    UPDRAFT_TRY(send());
    ended_.reached = Reached::sent;
    if (!restarts()) return {};
    return after_restart();
  }
  bool restarts() const { return asked_.restart || asked_.confirm; }

  Result<> look() {
    const Result<DeviceStatus> before = client_.status();
    if (!before && before.error().code != Code::http_status) return lift(before);
    if (!before) return {};
    ended_.before = *before;
    client_.to().watched().found(*before);
    return {};
  }

  Result<> roll_back_first() {
    WsHost host({.image = {}, .trial = WsHost::Trial::go_back});
    const Result<> gone = client_.talk(host);
    if (!gone && gone.error().code == Code::not_pending) return {};  // nothing to do
    if (!gone) return refused(gone, host);
    const Followed followed = follow_restart(client_, ended_.before, false);
    if (!followed.back) return lost();
    ended_.before = followed.status;
    return {};
  }

  Result<> send() {
    const bool keep = asked_.pending == WsPush::Pending::keep;
    WsHost host({.image = payload_,
                 .restart = restarts(),
                 .trial = keep ? WsHost::Trial::keep : WsHost::Trial::leave});
    const Result<> sent = client_.send(host);
    ended_.sent = host.sent();
    return sent ? sent : refused(sent, host);
  }

  Result<> after_restart() {
    Followed followed = follow_restart(client_, ended_.before, !asked_.confirm);
    if (!followed.back) return lost();
    if (asked_.confirm) UPDRAFT_TRY(confirm(followed));
    ended_.reached = Reached::restarted;
    ended_.runs = followed.status;
    return judge();
  }

  Result<> confirm(Followed& followed) {
    if (followed.status && !followed.status->pending) return {};
    WsHost host({.image = {}, .trial = WsHost::Trial::keep});
    if (const Result<> kept = client_.talk(host); !kept) return refused(kept, host);
    if (!followed.status) return {};
    const Result<DeviceStatus> now = client_.status();
    if (!now) return lift(now);
    followed.status = *now;
    return {};
  }

  // Whether it is our image that runs.
  Result<> judge() const {
    if (!ended_.runs) return {};
    const bool back = ended_.runs->last && ended_.runs->last->result == "rolled_back";
    const bool ours = !asked_.digest || *asked_.digest == ended_.runs->digest;
    if (back || !ours) return fail(Code::rolled_back, Where::boot);
    return {};
  }

  // An otaError is only a word; the status document has the reason, if there is one.
  Result<> refused(const Result<>& why, const WsHost& host) {
    if (why.error().code != Code::not_wanted) return why;
    ended_.refusal = printable(host.refusal());
    if (!ended_.before) return why;
    const Result<DeviceStatus> now = client_.status();
    if (now && now->last && !now->last->code.empty()) ended_.judged = now->last;
    return why;
  }

  Result<> lost() {
    ended_.lost = true;
    return fail(Code::unreachable, Where::link);
  }
  static Result<> lift(const Result<DeviceStatus>& failed) {
    return std::unexpected(failed.error());
  }

  const WsPush& asked_;
  Bytes payload_;
  WsClient client_;
  Ended ended_;
};

}  // namespace

Ended WsPush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) {
    Ended ended;
    ended.outcome = std::unexpected(why->error);
    ended.trouble = why->text;
    return ended;
  }
  return until_stopped([&] { return Run(*this, to, whole).run(); });
}

}  // namespace updraft::host
