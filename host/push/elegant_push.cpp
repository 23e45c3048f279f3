#include "host/push/elegant_push.hpp"

#include "engine/core/hex.hpp"
#include "engine/crypto/md5.hpp"
#include "host/desk/printable.hpp"
#include "host/push/upload_form.hpp"

namespace updraft::host {
namespace {

constexpr Millis kRestartsAfterMs{3'000};  // an original goes 2 s after its answer
constexpr Millis kLookAgainMs{500};

// Start, then upload; the rest of a push is about what comes of it.
class ElegantRun {
 public:
  ElegantRun(const PushTo& to, Bytes file, const ElegantPush& push)
      : to_(to),
        file_(file),
        mode_(push.file_system ? "fs" : "fr"),
        client_(to, push.trust, push.login) {}

  Ended run() {
    HttpHeard heard = attempt();
    // What it restarts for is sent again when it is back (through_rescue.hpp).
    const bool restarts = heard.body.find(sentence(Code::rescue_first)) != std::string::npos;
    const bool again = started_ && heard.outcome && heard.status == 400 && !restarts;
    if (again && !client_.stopped()) heard = attempt();
    ended_.outcome = judge(heard);
    if (ended_.outcome && !client_.stopped()) follow();
    client_.close(ended_);
    return ended_;
  }

 private:
  HttpHeard attempt() {
    std::string hash(2 * sizeof(crypto::Md5Digest), '0');
    write_hex(crypto::md5(file_), std::as_writable_bytes(std::span(hash)));
    HttpHeard started = client_.send(
        [&] {
          return linux_port::HttpSending{.method = "GET",
                                         .target = "/ota/start?mode=" + mode_ + "&hash=" + hash};
        },
        to_.wait);
    started_ = started.outcome && started.status == 200;
    if (!started_) return started;
    HttpHeard heard = post_form(client_, "/ota/upload", file_, to_.wait);
    ended_.sent = heard.sent;
    return heard;
  }

  Result<> judge(const HttpHeard& heard) {
    if (!heard.outcome) return heard.outcome;
    if (heard.status == 200) return {};
    if (heard.status == 401) return fail(Code::auth_failed, Where::device);
    if (heard.status == 429) return fail(Code::locked, Where::device);
    if (heard.status != 400 && heard.status != 413) {
      return fail(Code::http_status, Where::link, heard.status);
    }
    ended_.refusal = printable(heard.body.substr(0, heard.body.find_first_of("\r\n")));
    return fail(Code::not_wanted, Where::device);
  }

  // Its page is there again once it runs.
  void follow() {
    ended_.reached = Reached::sent;
    to_.watched().restarting();
    client_.pause(kRestartsAfterMs);
    const Instant until = client_.now() + kBackMs;
    while (client_.now() < until && !client_.stopped()) {
      const HttpHeard page =
          client_.send([] { return linux_port::HttpSending{.method = "GET", .target = "/update"}; },
                       kLookAgainMs);
      if (page.status == 200) {
        ended_.reached = Reached::restarted;
        return;
      }
      client_.pause(kLookAgainMs);
    }
    ended_.lost = !client_.stopped();
    if (client_.stopped()) ended_.stopped = Stopped::waiting;
    ended_.outcome =
        client_.stopped() ? fail(Code::aborted, Where::link) : fail(Code::unreachable, Where::link);
  }

  const PushTo& to_;
  Bytes file_;
  std::string mode_;
  HttpClient client_;
  bool started_ = false;
  Ended ended_;
};

}  // namespace

Ended ElegantPush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  return ElegantRun(to, whole, *this).run();
}

}  // namespace updraft::host
