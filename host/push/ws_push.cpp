#include "host/push/ws_push.hpp"

#include <algorithm>
#include <bit>

#include "updraft/policy.hpp"

#include "engine/format/version_order.hpp"
#include "host/desk/printable.hpp"
#include "host/push/packed.hpp"
#include "host/push/through_rescue.hpp"
#include "host/push/ws_follow.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::host {
namespace {

using link::WsHost;

constexpr int kLeastBits = 9;  // the smallest window that zlib packs with

// One push; each step returns an error, or goes on.
class PushRun {
 public:
  PushRun(const WsPush& asked, const PushTo& to, Bytes payload)
      : asked_(asked), payload_(payload), client_(to, asked.trust) {}

  Ended run() {
    ended_.outcome = work();
    ended_.certificate = client_.certificate();
    return ended_;
  }
  const Ended& so_far() const { return ended_; }

 private:
  Result<> work() {
    UPDRAFT_TRY(look());
    if (asked_.pending == WsPush::Pending::go_back) UPDRAFT_TRY(roll_back_first());
    UPDRAFT_TRY(judge_before());
    if (ended_.reached == Reached::current) return {};
    if (asked_.choose) payload_ = asked_.choose(ended_.before.value_or(DeviceStatus{}));
    if (asked_.compress) UPDRAFT_TRY(pack());
    UPDRAFT_TRY(send());
    if (ended_.reached == Reached::current) return {};
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

  // What the device says about itself, against what shall be sent.
  Result<> judge_before() {
    if (!ended_.before) return {};
    const DeviceStatus& now = *ended_.before;
    if (asked_.digest == now.digest && !asked_.force) {
      ended_.reached = Reached::current;
      ended_.runs = now;
      return {};
    }
    if (const auto* known = remembered(); known != nullptr && !asked_.retry) {
      return fail(Code::known_bad, Where::journal, 0, 0,
                  known->went_back ? Reason::went_back : Reason::none);
    }
    const bool older = asked_.project == now.project &&
                       format::is_older(asked_.version, now.version) && !asked_.force;
    return older ? fail(Code::downgrade, Where::image) : Result<>{};
  }

  const DeviceStatus::Remembered* remembered() const {
    for (const DeviceStatus::Remembered& one : ended_.before->remembered) {
      if (asked_.digest == one.digest) return &one;
    }
    return nullptr;
  }

  // The name of the image, if it has to be let in.
  std::optional<ImageName> let_in() const {
    if (!ended_.before || remembered() == nullptr) return std::nullopt;
    return parse_image_name(*asked_.digest);
  }

  // What packing makes larger is sent as it is, and so is what is packed, sealed or signed already.
  Result<> pack() {
    const PayloadClass payload = classify(payload_);
    if (payload != PayloadClass::image && payload != PayloadClass::delta) return {};
    const std::uint64_t window = ended_.before ? ended_.before->inflate_window : 0;
    const int bits = std::min(static_cast<int>(std::bit_width(window)) - 1, kWholeWindow);
    if (bits < kLeastBits) return fail(Code::alg_unsupported, Where::device, window);
    packed_ = packed(payload_, bits);
    if (!packed_.empty() && packed_.size() < payload_.size()) payload_ = packed_;
    return {};
  }

  void log_in() {
    if (ended_.before) client_.log_in(*ended_.before, asked_.password);
  }

  Result<> roll_back_first() {
    log_in();
    WsHost host({.image = {}, .trial = WsHost::Trial::go_back, .password = client_.password()});
    const Result<> gone = client_.talk(host);
    if (!gone && gone.error().code == Code::not_pending) return {};  // nothing to do
    if (!gone) return refused(gone, host);
    const Followed followed = follow_restart(client_, ended_.before, false);
    if (!followed.back) return lost();
    ended_.before = followed.status;
    return {};
  }

  Result<> send() {
    log_in();
    const bool keep = asked_.pending == WsPush::Pending::keep;
    WsHost host({.image = payload_,
                 .restart = restarts(),
                 .trial = keep ? WsHost::Trial::keep : WsHost::Trial::leave,
                 .force = asked_.force && ended_.before.has_value(),
                 .let_in = let_in(),
                 .target = asked_.target,
                 .one_way = asked_.one_way,
                 .password = client_.password()});
    const Result<> sent = client_.send(host);
    ended_.sent = host.sent();
    if (host.current()) {
      ended_.reached = Reached::current;
      ended_.runs = ended_.before;
    }
    return sent ? sent : refused(sent, host);
  }

  Result<> after_restart() {
    Followed followed = follow_restart(client_, ended_.before, !asked_.confirm);
    if (!followed.back) return lost();
    if (asked_.confirm) UPDRAFT_TRY(confirm(followed));
    ended_.trial = followed.asked ? asked_.confirm ? Trial::kept : Trial::open : Trial::unknown;
    ended_.reached = Reached::restarted;
    ended_.runs = followed.status;
    return judge();
  }

  Result<> confirm(Followed& followed) {
    if (followed.status && !followed.status->pending) return {};
    WsHost host({.image = {}, .trial = WsHost::Trial::keep, .password = client_.password()});
    if (const Result<> kept = client_.talk(host); !kept) return refused(kept, host);
    if (!followed.status) return followed.asked ? asks_no_more() : Result<>();
    const Result<DeviceStatus> now = client_.status();
    if (!now) return lift(now);
    followed.status = *now;
    return {};
  }

  // An original does not answer, but it asks every client as long as its image is on trial.
  Result<> asks_no_more() {
    const Result<bool> asked = asks_about_trial(client_, client_.to().wait);
    if (!asked) return std::unexpected(asked.error());
    return *asked ? fail(Code::protocol, Where::link) : Result<>();
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
    if (const auto handed = now ? handed_over(ended_.before, *now) : std::nullopt) {
      ended_.judged = handed;
    }
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
  std::vector<std::byte> packed_;
  WsClient client_;
  Ended ended_;
};

}  // namespace

Ended WsPush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  PushRun run(*this, to, whole);
  return until_stopped([&] { return run.run(); }, &run.so_far());
}

}  // namespace updraft::host
