#include "host/push/elegant_push.hpp"

#include "engine/core/hex.hpp"
#include "engine/crypto/digest.hpp"
#include "host/desk/printable.hpp"
#include "host/push/upload_form.hpp"

namespace updraft::host {
namespace {

constexpr Millis kRestartsAfterMs{3'000};  // an original goes 2 s after its answer
constexpr Millis kBackMs{60'000};
constexpr Millis kLookAgainMs{500};

// Start, then upload; the rest of a push is about what comes of it.
class ElegantRun {
 public:
  ElegantRun(const PushTo& to, Bytes file, const HttpLoginOf& login, bool file_system)
      : to_(to), file_(file), mode_(file_system ? "fs" : "fr"), client_(to, {}, login) {}

  Ended run() {
    HttpHeard heard = attempt();
    if (heard.outcome && heard.status == 400 && !client_.stopped()) heard = attempt();
    ended_.outcome = judge(heard);
    if (client_.stopped()) {
      ended_.outcome = fail(Code::aborted, Where::link);
      ended_.stopped = Stopped::sending;
    }
    if (ended_.outcome) follow();
    ended_.time = client_.now().time_since_epoch();
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
    if (!started.outcome || started.status != 200) return started;
    std::optional<link::MemorySource> source;
    const HttpHeard heard = client_.send(
        [&] {
          UploadForm form = upload_form();
          return linux_port::HttpSending{.target = "/ota/upload",
                                         .fields = {{"Content-Type", form.type}},
                                         .before = form.before,
                                         .after = form.after,
                                         .source = &source.emplace(file_)};
        },
        to_.wait);
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
  Ended ended_;
};

}  // namespace

Ended ElegantPush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  return ElegantRun(to, whole, login, file_system).run();
}

}  // namespace updraft::host
