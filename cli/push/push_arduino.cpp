#include "cli/push/push_arduino.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/nobody_answers.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {
namespace {

std::string_view generation(const host::ArduinoPush& push) {
  if (!push.form) return "without a password";
  switch (*push.form) {
    case link::ArduinoForm::legacy:
      return "login of Arduino core 3.3.0 and older, by MD5";
    case link::ArduinoForm::current:
      return "login of Arduino core 3.3.1 and newer";
    case link::ArduinoForm::md5_password:
      break;
  }
  return "login of Arduino core 3.3.1 and newer, with the stored MD5 of an older one";
}

int conclude_arduino(const host::PushTo& to, const Output& out, const host::ArduinoPush& push,
                     const host::Ended& ended) {
  boost::json::object event = result_event(ended.outcome);
  event["login"] = arduino_login(push);
  if (!ended.outcome) {
    if (!ended.refusal.empty()) event["device_said"] = ended.refusal;
    out.event(event);
    Output::fail(arduino_failure(to, push, ended));
    return status_of(ended.outcome.error());
  }
  event["sent"] = ended.sent;
  out.event(event);
  out.item("login", generation(push));
  out.item("sent",
           fmt::format("{} in {}; {} has verified it and starts it", human_bytes(ended.sent),
                       human_seconds(ended.time.count()), to.url.text()));
  return kOk;
}

}  // namespace

std::string_view arduino_login(const host::ArduinoPush& push) {
  if (!push.form) return "none";
  if (*push.form == link::ArduinoForm::legacy) return "md5";
  return *push.form == link::ArduinoForm::current ? "pbkdf2" : "pbkdf2-md5";
}

std::string arduino_failure(const host::PushTo& to, const host::ArduinoPush& push,
                            const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  const bool unsent = ended.sent == 0;
  switch (error.code) {
    case Code::unreachable:
      return nobody_answers(to.url, to.wait, error);
    case Code::timeout:
      if (!unsent) break;
      if (push.accepted) {
        return fmt::format(
            "{} took the invitation and did not call this machine. A firewall, NAT or container is "
            "in its way: let TCP in, or to one port with updraft espota -P PORT.",
            target);
      }
      return target + " asked for the password and did not say whether it was right; send again.";
    case Code::auth_failed:
      if (push.password.empty()) {
        return target + " asks for a password: --password-file, UPDRAFT_PASSWORD or --password";
      }
      break;
    case Code::aborted:
      if (unsent || error.found != error.expected) break;
      return fmt::format(
          "{} took the file and closed without a result. It may be starting the new image: look at "
          "it before you send it again.",
          target);
    case Code::not_wanted:
      if (ended.refusal.empty()) break;
      return fmt::format("{} said \"{}\"", target, ended.refusal);
    default:
      break;
  }
  return fmt::format("{}: {}", target, explain(error));
}

int ArduinoPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const std::vector<std::byte> bytes =
      job.is_data() ? image : payload_of(job.file, image, false, out);
  host::ArduinoPush push;
  push.md5 = host::arduino_md5(bytes);
  push.file_system = job.is_data();
  push.password = known_password(password_.given());
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::PushTo to = job.to(printer);
  const auto attempt = [&] { return host::push_through_rescue(push, to, bytes); };
  host::Ended ended = attempt();
  const bool asks = !ended.outcome && ended.outcome.error().code == Code::auth_failed;
  if (asks && push.password.empty() && isatty(STDIN_FILENO) != 0) {
    push.password = read_password(password_.given(), Ask::yes, "arduino");
    ended = attempt();
  }
  throw_if_stopped(ended);
  return conclude_arduino(to, out, push, ended);
}

}  // namespace updraft::cli
