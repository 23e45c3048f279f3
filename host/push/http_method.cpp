#include "host/push/http_method.hpp"

#include "host/push/await_restart.hpp"

namespace updraft::host {
namespace {

constexpr unsigned kHttpOk = 200;

// A device that restarts by itself does it at once, or as soon as the connection has ended.
constexpr Millis kRestartsWithin{20'000};
constexpr Millis kAnswersYet{1'000};  // it answered just now

// The same would come of the push itself.
bool ends_push(const Error& why) {
  return why.code == Code::unreachable || why.code == Code::auth_failed;
}

}  // namespace

Result<DeviceStatus> status_by(HttpClient& client, const std::string& path, Millis retry_for) {
  const HttpHeard heard = client.send(
      [&] { return linux_port::HttpSending{.method = "GET", .target = path}; }, retry_for);
  if (!heard.outcome) return std::unexpected(heard.outcome.error());
  const auto status = heard.status == kHttpOk ? parse_status(heard.body) : std::nullopt;
  if (!status) return fail(Code::http_status, Where::link, heard.status);
  return *status;
}

std::optional<Bytes> HttpMethod::chosen(HttpClient& client, const PushTo& to,
                                        const std::string& status_path, Bytes payload,
                                        Ended& ended) const {
  if (!choose && !wait && !judge_target) return payload;
  const Result<DeviceStatus> status = status_by(client, status_path, to.wait);
  if (client.stopped()) return std::nullopt;
  if (!status) {
    if (ends_push(status.error())) {
      ended.outcome = std::unexpected(status.error());
      return std::nullopt;
    }
    if (judge_target) judge_target(nullptr);
    return choose ? choose({}) : payload;
  }
  ended.before = *status;
  to.watched().found(*status);
  if (judge_target) judge_target(&*status);
  // An image on trial is in the way of any other; the device says so itself.
  if (choose && digest == status->digest && !status->pending) {
    ended.reached = Reached::current;
    ended.runs = *status;
    return std::nullopt;
  }
  return choose ? choose(*status) : payload;
}

void HttpMethod::follow(HttpClient& client, const PushTo& to, const std::string& status_path,
                        Ended& ended) const {
  const bool installed = ended.outcome && ended.reached == Reached::sent;
  if (!installed || !wait || !ended.before || client.stopped()) return;
  const StatusAsker device{.status = [&] { return status_by(client, status_path, kStatusEvery); },
                           .pause = [&client](Millis time) { client.pause(time); },
                           .now = [&client] { return client.now(); },
                           .stopped = [&client] { return client.stopped(); },
                           .watcher = to.watched()};
  const Awaited awaited = await_restart(device, *ended.before, true, kRestartsWithin);
  if (client.stopped()) {
    ended.outcome = fail(Code::aborted, Where::link);
    ended.stopped = Stopped::waiting;
  } else if (awaited.runs) {
    judge_restart(ended, DeviceStatus(*ended.before), *awaited.runs, digest);
  } else if (!awaited.stays) {
    ended.lost = true;
    ended.outcome = fail(Code::unreachable, Where::link);
  }
}

void ask_why(HttpClient& client, const std::string& status_path, Ended& ended) {
  const bool asks = !ended.outcome && ended.before && !client.stopped();
  if (!asks || ended.outcome.error().code != Code::not_wanted) return;
  const Result<DeviceStatus> now = status_by(client, status_path, kAnswersYet);
  if (now && now->last && now->last->why) ended.judged = now->last;
}

}  // namespace updraft::host
