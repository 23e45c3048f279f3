#include "cli/push/push_verified.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/nobody_answers.hpp"
#include "cli/words/text.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {

host::Ended push_and_ask(const host::PushTo& to, host::PushMethod& push,
                         const std::vector<std::byte>& bytes, std::string* password,
                         const PasswordOptions& given) {
  const auto attempt = [&] { return host::push_through_rescue(push, to, bytes); };
  host::Ended ended = attempt();
  const bool asks = !ended.outcome && ended.outcome.error().code == Code::auth_failed;
  if (asks && password != nullptr && password->empty() && isatty(STDIN_FILENO) != 0) {
    *password = read_password(given, Ask::yes, push.protocol().name);
    ended = attempt();
  }
  throw_if_stopped(ended);
  return ended;
}

std::string usual_failure(const host::PushTo& to, const host::Ended& ended, bool knows_password) {
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  if (error.code == Code::unreachable) return nobody_answers(to.url, to.wait, error);
  if (error.code == Code::auth_failed && !knows_password) {
    return target + " asks for a password: --password-file, UPDRAFT_PASSWORD or --password";
  }
  if (error.code == Code::aborted && error.expected > 0 && error.found == error.expected) {
    return fmt::format(
        "{} took the file and closed without a result. It may be starting the new image: look at "
        "it before you send it again.",
        target);
  }
  return "";
}

int conclude_verified(const Output& out, const host::PushTo& to, const host::Ended& ended,
                      VerifiedEnd end) {
  if (!ended.outcome) {
    out.event(end.event);
    Output::fail(end.failure);
    return status_of(ended.outcome.error());
  }
  end.event["sent"] = ended.sent;
  out.event(end.event);
  out.item(end.word, end.about);
  out.item("sent",
           fmt::format("{} in {}; {} has verified it and starts it, and cannot be asked what it "
                       "runs then",
                       human_bytes(ended.sent), human_seconds(ended.time.count()), to.url.text()));
  return kOk;
}

}  // namespace updraft::cli
