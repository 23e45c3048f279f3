#include "cli/push/push_http.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/nobody_answers.hpp"
#include "cli/push/cheapest.hpp"
#include "cli/push/push_data.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/words/shared_option.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/http_push.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {
namespace {

std::string status_line(const Error& error, const host::Ended& ended, const host::Url& url) {
  if (error.found == 421) {
    return fmt::format(
        "{} does not go by that name. Use its address, or start it with --host-name {}.",
        url.text(), url.host);
  }
  const std::string said = ended.refusal.empty() ? "" : fmt::format(": \"{}\"", ended.refusal);
  return fmt::format("{} answered with HTTP status {}{}", url.text(), error.found, said);
}

std::string failure_line(const PushJob& job, const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  const std::string target = job.target.text();
  switch (error.code) {
    case Code::unreachable:
      if (ended.lost) return target + " took the image and has not come back for a minute.";
      return nobody_answers(job.target, std::chrono::seconds(job.wait_seconds), error);
    case Code::not_wanted:
      if (!ended.refusal.empty()) return fmt::format("{} said: {}", target, ended.refusal);
      break;
    case Code::rolled_back:
      if (!ended.runs) break;
      return fmt::format("{} It runs {}.", explain(error), running_line(*ended.runs));
    case Code::http_status:
      return status_line(error, ended, job.target);
    case Code::auth_failed:
      if (!ended.judged && ended.certificate && error.where == Where::link) {
        return fmt::format(
            "{} shows a certificate that is not trusted, {}. Compare it with what the device "
            "printed at its start; if it is the same, add --fingerprint and it.",
            target, hex(*ended.certificate));
      }
      break;
    case Code::aborted:
      if (ended.sent < error.expected || error.expected == 0) {
        return fmt::format("{} went away after {} of {}; it keeps what it runs. Send it again.",
                           target, human_bytes(error.found), human_bytes(error.expected));
      }
      return fmt::format("{} took all of it and went away without an answer: look at what it runs.",
                         target);
    default:
      break;
  }
  return fmt::format("{}: {}", target, explain(error));
}

// `waited`: for what it runs now.
std::string done_line(const PushJob& job, const host::Ended& ended, bool waited) {
  using host::Reached;
  if (ended.reached == Reached::current) {
    return ended.runs ? "the device runs this already; nothing was sent"
                      : "nothing has to restart: that runs already, or it was a KeySet";
  }
  if (job.is_data()) {
    return data_line(job, ended, ended.sent,
                     "the device puts them into use, after a restart where it needs one");
  }
  if (ended.runs) return "running " + running_line(*ended.runs);
  if (ended.reached == Reached::restarted) {
    return "the device has taken the image and is back; what it runs it does not say";
  }
  const std::string there = human_bytes(ended.sent) + " are in place and verified; the device ";
  if (!waited) return there + "restarts into the new image";
  if (!ended.before) return there + "restarts, and does not say what it runs then";
  return fmt::format("{}starts the new image at its next restart, and runs {} until then", there,
                     running_line(*ended.before));
}

// `base`: as of told().
int conclude_http(const PushJob& job, const host::Ended& ended, const Output& out,
                  const std::optional<std::string>& base, bool waited) {
  boost::json::object event = result_event(ended.outcome);
  if (ended.outcome) {
    if (ended.reached == host::Reached::current) event["result"] = "current";
    if (ended.runs) add_running(event, *ended.runs);
    out.event(event);
    out.item("done", done_line(job, ended, waited));
    return kOk;
  }
  std::string line = failure_line(job, ended);
  const Error& error = ended.outcome.error();
  if (base && error.code == Code::wrong_base) line += fmt::format(" It is for {}.", *base);
  event["message"] = line;
  if (ended.runs) add_running(event, *ended.runs);
  if (!ended.refusal.empty()) event["device_said"] = ended.refusal;
  out.event(event);
  Output::fail(line);
  return status_of(error);
}

}  // namespace

void HttpPushOptions::add(CLI::App& command, const std::string& word) {
  password.add_options(command, word);
  plain = share(command, "--plain", word, [&] { return command.get_option("--plain"); });
  no_wait = share_no_wait(command, word);
}

int push_by_http(const PushJob& job, host::HttpMethod& push, const HttpPushOptions& options,
                 bool chooses) {
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  chooses = chooses && !job.is_data() && Cheapest::has_choice(job.file, image);
  const std::vector<std::byte> payload = job.is_data() ? data_payload(job.file, image, out)
                                         : chooses     ? image
                                                       : payload_of(job.file, image, false, out);
  Cheapest cheapest(job.file, image, Cheapest::AfterCut::begins_again, out);
  if (chooses) push.choose = [&](const host::DeviceStatus& to) { return cheapest.choose(to); };
  bool meant = false;  // asked once, also where it goes on through the rescue app
  if (job.is_data()) {
    push.judge_target = [&](const host::DeviceStatus* device) {
      if (!std::exchange(meant, true)) ask_about_target(job, device);
    };
  } else {
    push.digest = digest_of(image);
  }
  push.wait = options.no_wait->count() == 0 && !job.file.rescue;  // which is not what runs then
  push.trust = options.tls.read(job.target);
  push.login.password = [&] {
    return read_password(options.password.given(), Ask::yes, job.target.text());
  };
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::PushTo to = job.to(printer);
  host::Ended ended = host::push_through_rescue(push, to, payload);
  while (cheapest.falls_back(ended)) ended = host::push_through_rescue(push, to, payload);
  throw_if_stopped(ended);
  return conclude_http(job, ended, out, base_of(job.file, image), push.wait);
}

void HttpPushDoor::add_options(CLI::App& command) {
  if (row_.words.front().tls) options_.tls.add_options(command, std::string(row_.name));
  options_.add(command, std::string(row_.name));
}

std::string HttpPushDoor::examples() const {
  if (row_.words.front().tls) {
    return "  updraft push build/app.bin https://192.168.1.20:8443 --fingerprint 5f82...\n";
  }
  return "  updraft push build/app.bin http://192.168.1.20      # what curl --data-binary does\n";
}

int HttpPushDoor::push(const PushJob& job) {
  host::HttpPush push(row_);
  return push_by_http(job, push, options_, options_.chooses());
}

}  // namespace updraft::cli
