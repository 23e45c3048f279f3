#include "host/push/http_method.hpp"

namespace updraft::host {
namespace {

constexpr unsigned kHttpOk = 200;

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
  if (!choose) return payload;
  const Result<DeviceStatus> status = status_by(client, status_path, to.wait);
  if (client.stopped()) return std::nullopt;
  if (!status) {
    if (!ends_push(status.error())) return choose({});
    ended.outcome = std::unexpected(status.error());
    return std::nullopt;
  }
  ended.before = *status;
  to.watched().found(*status);
  // An image on trial is in the way of any other; the device says so itself.
  if (digest == status->digest && !status->pending) {
    ended.reached = Reached::current;
    ended.runs = *status;
    return std::nullopt;
  }
  return choose(*status);
}

}  // namespace updraft::host
