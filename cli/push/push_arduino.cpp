#include "cli/push/push_arduino.hpp"

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/push/push_verified.hpp"
#include "cli/words/text.hpp"
#include "engine/crypto/md5.hpp"

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

}  // namespace

std::string_view arduino_login(const host::ArduinoPush& push) {
  if (!push.form) return "none";
  if (*push.form == link::ArduinoForm::legacy) return "md5";
  return *push.form == link::ArduinoForm::current ? "pbkdf2" : "pbkdf2-md5";
}

std::string arduino_failure(const host::PushTo& to, const host::ArduinoPush& push,
                            const host::Ended& ended) {
  if (std::string usual = usual_failure(to, ended, !push.password.empty()); !usual.empty()) {
    return usual;
  }
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  if (error.code == Code::timeout && ended.sent == 0) {
    if (!push.accepted) {
      return target + " asked for the password and did not say whether it was right; send again.";
    }
    return fmt::format(
        "{} took the invitation and did not call this machine. A firewall, NAT or container is "
        "in its way: let TCP in, or to one port with updraft espota -P PORT.",
        target);
  }
  if (error.code == Code::not_wanted && !ended.refusal.empty()) {
    return fmt::format("{} said \"{}\"", target, ended.refusal);
  }
  return fmt::format("{}: {}", target, explain(error));
}

int ArduinoPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const std::vector<std::byte> bytes =
      job.is_data() ? image : payload_of(job.file, image, false, out);
  host::ArduinoPush push;
  push.md5 = crypto::md5(bytes);
  push.file_system = job.is_data();
  push.password = known_password(password_.given());
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::PushTo to = job.to(printer);
  const host::Ended ended = push_and_ask(to, push, bytes, &push.password, password_.given());
  VerifiedEnd end{result_event(ended.outcome), "", "login", std::string(generation(push))};
  end.event["login"] = arduino_login(push);
  if (!ended.outcome) {
    if (!ended.refusal.empty()) end.event["device_said"] = ended.refusal;
    end.failure = arduino_failure(to, push, ended);
  }
  return conclude_verified(out, to, ended, std::move(end));
}

}  // namespace updraft::cli
