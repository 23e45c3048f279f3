#include "cli/push/push_mqtt.hpp"

#include <fmt/format.h>

#include "cli/nobody_answers.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/push/push_silent.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/mqtt_push.hpp"

namespace updraft::cli {
namespace {

std::string refused_login(const PushJob& job, const host::Ended& ended) {
  const std::string broker = job.target.text();
  if (ended.outcome.error().found == 0 && ended.certificate) {
    return fmt::format(
        "{} shows a certificate that is not trusted, {}. If it is the broker's, add "
        "--fingerprint and it.",
        broker, hex(*ended.certificate));
  }
  return broker + " refuses the login; look at --user and its password.";
}

std::string why_not_published(const PushJob& job, const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  const std::string broker = job.target.text();
  switch (error.code) {
    case Code::unreachable:
      return nobody_answers(job.target, std::chrono::seconds(job.wait_seconds), error);
    case Code::auth_failed:
      return refused_login(job, ended);
    case Code::too_big:
      return fmt::format("MQTT carries at most {} in one message; this is {}.",
                         human_bytes(error.expected), human_bytes(error.found));
    case Code::aborted:
      return fmt::format(
          "{} closed the connection after {}: it limits the size of messages, or does not let you "
          "publish to that topic; its log says which.",
          broker, human_bytes(ended.sent));
    case Code::not_wanted:
      return broker +
             ": a topic has at most 128 characters, none of them + or #; a user 64, a "
             "password 128.";
    default:
      return fmt::format("{}: {}", broker, explain(error));
  }
}

// Its size comes before it.
host::Payload sized_payload(const PushFile& file, const Output& out) {
  host::Payload payload = open_payload(file, out);
  if (payload.size() != link::kUnknownSize) return payload;
  std::vector<std::byte> whole = host::read_all(payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  return host::Payload(std::move(whole));
}

}  // namespace

void MqttPushDoor::add_options(CLI::App& command) {
  const char* group = "To mqtt:// and mqtts://";
  command.add_flag("--retain", retained_, "the broker keeps it for devices that come later")
      ->group(group);
  command.add_option("--qos", qos_, "how surely the broker gets it")
      ->check(CLI::Range(0, 2))
      ->type_name("0|1|2")
      ->capture_default_str()
      ->group(group);
  user_.add_options(command, "mqtt");
  password_.add_options(command, "mqtt");
  tls_.add_options(command, "mqtts");
  cipher_.add_options(command, "mqtt");
}

int MqttPushDoor::push(const PushJob& job) {
  host::MqttPush push;
  push.cipher = cipher_.read();
  push.trust = tls_.read(job.target);
  push.user = user_.given();
  push.qos = qos_;
  push.retained = retained_;
  if (!push.user.empty()) push.password = read_password(password_.given(), Ask::yes, push.user);
  if (push.user.empty() && password_.is_given())
    throw Stop(kUsage, "--password: want --user as well");
  const Output out(job.json);
  host::Payload payload = sized_payload(job.file, out);
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::Ended ended = push.push(job.to(printer), payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  const std::string failure = ended.outcome ? "" : why_not_published(job, ended);
  return conclude_silent(
      out, ended, failure,
      fmt::format("{} by {}{}. What devices make of it, their consoles say.{}", sent_in(ended),
                  job.target.text(), retained_ ? ", which keeps it" : "",
                  retained_ ? ""
                            : " One with a single slot takes it in its rescue app: publish again, "
                              "or with --retain."));
}

}  // namespace updraft::cli
