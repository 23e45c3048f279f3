#include "host/push/http_push.hpp"

#include "host/desk/printable.hpp"

namespace updraft::host {
namespace {

// What an answer says; nullopt: it is no answer of such a device.
std::optional<DeviceStatus::Last> verdict_of(const HttpHeard& heard) {
  const std::optional<DeviceStatus::Last> said = parse_last(heard.body);
  const bool known = said && (said->result == "ok" || said->result == "current" || said->why);
  return known ? said : std::nullopt;
}

void judge(Ended& ended, const HttpHeard& heard) {
  if (!heard.outcome) {
    ended.outcome = heard.outcome;
    return;
  }
  const auto said = verdict_of(heard);
  if (!said) {
    ended.outcome = fail(Code::http_status, Where::link, heard.status);
    ended.refusal = printable(heard.body.substr(0, heard.body.find_first_of("\r\n")));
  } else if (said->why) {
    ended.outcome = std::unexpected(*said->why);
    ended.judged = said;
  } else {
    ended.reached = said->result == "current" ? Reached::current : Reached::sent;
  }
}

}  // namespace

Ended HttpPush::push(const PushTo& to, Payload& payload) {
  Ended ended;
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  HttpClient client(to, trust, login);
  const std::string status_path = to.url.path + "/status";
  const auto sends = chosen(client, to, status_path, whole, ended);
  if (!sends) {
    client.close(ended);
    return ended;
  }
  std::optional<link::MemorySource> source;
  const HttpHeard heard = client.send(
      [&] {
        linux_port::HttpSending sending{.target = to.url.path, .source = &source.emplace(*sends)};
        sending.fields = {{"X-Updraft", "1"},
                          {"Content-Type", "application/octet-stream"},
                          {"Connection", "close"}};
        return sending;
      },
      to.wait);
  judge(ended, heard);
  ended.sent = heard.sent;
  follow(client, to, status_path, ended);
  client.close(ended);
  return ended;
}

}  // namespace updraft::host
