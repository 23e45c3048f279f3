#include "host/push/ws_trial.hpp"

#include "host/desk/printable.hpp"
#include "host/push/ws_follow.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::host {
namespace {

using link::WsHost;

bool only_data(const DeviceStatus& status) { return status.pending && status.state == "valid"; }

class TrialRun {
 public:
  TrialRun(const PushTo& to, const WsTrial& asked) : asked_(asked), client_(to, asked.trust) {}

  Ended run(TrialEnd end) {
    ended_.outcome = look_for_trial();
    if (ended_.outcome) ended_.outcome = end == TrialEnd::keep ? keep() : go_back();
    ended_.certificate = client_.certificate();
    return ended_;
  }

  Ended restart(const std::string& into) {
    ended_.outcome = look();
    if (ended_.outcome) ended_.outcome = ask_for(into);
    ended_.certificate = client_.certificate();
    return ended_;
  }

 private:
  Result<> look_for_trial() {
    UPDRAFT_TRY(look());
    if (ended_.before && !ended_.before->pending) return fail(Code::not_pending, Where::boot);
    return {};
  }

  Result<> look() {
    const Result<DeviceStatus> before = client_.status();
    if (!before && before.error().code != Code::http_status) {
      return std::unexpected(before.error());
    }
    if (!before) return {};
    ended_.before = *before;
    return {};
  }

  Result<> keep() {
    UPDRAFT_TRY(ask({.image = {}, .trial = WsHost::Trial::keep}));
    if (!ended_.before) return {};
    const Result<DeviceStatus> now = client_.status();
    if (!now) return std::unexpected(now.error());
    if (only_data(*now)) return fail(Code::busy, Where::device);  // a start has to bring it first
    if (now->pending) return fail(Code::protocol, Where::link);
    ended_.runs = *now;
    return {};
  }

  Result<> go_back() {
    UPDRAFT_TRY(ask({.image = {}, .trial = WsHost::Trial::go_back}));
    return follow();
  }

  Result<> ask_for(const std::string& into) {
    // Data that is on trial has several starts, and what waits for its place needs one; an app's
    // trial would end with this.
    const bool data = ended_.before && ended_.before->state == "valid";
    const auto trial = data ? WsHost::Trial::pass_over : WsHost::Trial::leave;
    UPDRAFT_TRY(ask({.image = {}, .restart = true, .trial = trial, .into = into}));
    UPDRAFT_TRY(follow());
    const bool other = !into.empty() && ended_.runs && ended_.runs->slot != into;
    return other ? fail(Code::protocol, Where::link) : Result<>{};
  }

  Result<> follow() {
    const Followed followed = follow_restart(client_, ended_.before, false);
    if (!followed.back) return fail(Code::unreachable, Where::link);
    ended_.reached = Reached::restarted;
    ended_.runs = followed.status;
    return {};
  }

  Result<> ask(WsHost::Config config) {
    if (ended_.before) client_.log_in(*ended_.before, asked_.password);
    config.password = client_.password();
    WsHost host(config);
    const Result<> done = client_.talk(host);
    ended_.refusal = printable(host.refusal());
    return done;
  }

  const WsTrial& asked_;
  WsClient client_;
  Ended ended_;
};

}  // namespace

Ended WsTrial::decide(const PushTo& to, TrialEnd end) {
  return until_stopped([&] { return TrialRun(to, *this).run(end); });
}

Ended WsTrial::restart(const PushTo& to, const std::string& into) {
  return until_stopped([&] { return TrialRun(to, *this).restart(into); });
}

}  // namespace updraft::host
