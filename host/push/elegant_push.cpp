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
  ElegantRun(const PushTo& to, HttpClient& client, Bytes file, bool file_system, Ended& ended)
      : to_(to), client_(client), file_(file), mode_(file_system ? "fs" : "fr"), ended_(ended) {}

  void run() {
    HttpHeard heard = attempt();
    // What it restarts for is sent again when it is back (through_rescue.hpp).
    const bool restarts = heard.body.find(sentence(Code::rescue_first)) != std::string::npos;
    const bool again = started_ && heard.outcome && heard.status == 400 && !restarts;
    if (again && !client_.stopped()) heard = attempt();
    ended_.outcome = judge(heard);
    if (ended_.outcome) ended_.reached = Reached::sent;
  }

  // Its page is there again once it runs; more an original does not tell.
  void await_page() {
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

  const PushTo& to_;
  HttpClient& client_;
  Bytes file_;
  std::string mode_;
  bool started_ = false;
  Ended& ended_;
};

}  // namespace

Ended ElegantPush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  Ended ended;
  HttpClient client(to, trust, login);
  if (const auto sends = chosen(client, to, kStatusPath, whole, ended)) {
    ElegantRun run(to, client, *sends, file_system, ended);
    run.run();
    ask_why(client, kStatusPath, ended);
    const bool app = ended.outcome && !file_system;
    if (app && ended.before) follow(client, to, kStatusPath, ended);
    if (app && !ended.before && wait && !client.stopped()) run.await_page();
  }
  client.close(ended);
  return ended;
}

}  // namespace updraft::host
