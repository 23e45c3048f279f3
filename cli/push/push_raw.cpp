#include "cli/push/push_raw.hpp"

#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/nobody_answers.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/raw_push.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {
namespace {

// How it ended, for both kinds of reader.
struct Ending {
  boost::json::object event;
  std::string word, line;
  Status status = kOk;
};

std::string took_part(const host::Ended& ended, const Error& error) {
  if (error.expected == link::kUnknownSize) return human_bytes(ended.sent);
  return fmt::format("{} of {}", human_bytes(ended.sent), human_bytes(error.expected));
}

// What the device's page says of what it took. `base`: as of told().
std::string judged(const host::Ended& ended, const std::optional<std::string>& base) {
  return told(*ended.judged, base, *ended.before);
}

std::string failure_line(const PushJob& job, const host::Ended& ended,
                         const std::optional<std::string>& base) {
  const Error& error = ended.outcome.error();
  const std::string target = job.target.text();
  switch (error.code) {
    case Code::protocol:
      return fmt::format(
          "{} is no raw TCP device: those are silent, and this said {}. Look at the port.", target,
          ended.refusal.empty() ? "what is no text" : '"' + ended.refusal + '"');
    case Code::aborted:
      return fmt::format(
          "{} closed the connection after it took {}: it refused the file or went away; its "
          "console says which. One with a single slot restarts into its rescue app then, which "
          "takes the same file: send it again.",
          target, took_part(ended, error));
    case Code::not_wanted:
      return fmt::format("{} took the file, and then: {}", target, judged(ended, base));
    case Code::rolled_back:
      return fmt::format("{} It runs {}.", explain(error), running_line(*ended.runs));
    case Code::unreachable:
      if (ended.lost) return target + " took the file and has not come back for a minute.";
      return nobody_answers(job.target, std::chrono::seconds(job.wait_seconds), error);
    default:
      return fmt::format("{}: {}", target, explain(error));
  }
}

Ending failed(const PushJob& job, const host::Ended& ended,
              const std::optional<std::string>& base) {
  const Error& error = ended.outcome.error();
  Ending ending{result_event(ended.outcome), "", failure_line(job, ended, base), status_of(error)};
  if (!ended.refusal.empty()) ending.event["device_said"] = ended.refusal;
  if (ended.judged) {
    ending.event["result"] = ended.judged->result;
    ending.event["code"] = ended.judged->code;
    ending.event["message"] = judged(ended, base);
    ending.status = ended.judged->result == "refused" ? kRefused : kFailed;
  }
  if (ended.runs) add_running(ending.event, *ended.runs);
  return ending;
}

Ending went_well(const PushJob& job, const host::Ended& ended) {
  if (ended.runs) {
    Ending ending{result_event({}), "done", "running " + running_line(*ended.runs)};
    if (ended.reached == host::Reached::current) {
      ending.event["result"] = "current";
      ending.line = running_line(*ended.runs) + " runs already; nothing was changed";
    }
    add_running(ending.event, *ended.runs);
    return ending;
  }
  return {{{"event", "result"}, {"result", "sent"}, {"sent", ended.sent}},
          "taken",
          fmt::format("{} in {} by {}. Raw TCP cannot tell more: the device's console says how it "
                      "went{}.",
                      human_bytes(ended.sent), human_seconds(ended.time.count()), job.target.text(),
                      ", or --confirm-at ws://... asks its page")};
}

// The page of the same device, which can be asked.
std::optional<host::Url> read_witness(const std::string& text) {
  if (text.empty()) return std::nullopt;
  host::Url url = host::parse_url(text);
  if (url.scheme != kWs || url.tls) {
    throw Stop(kUsage, fmt::format("--confirm-at {}: want the device's ws:// URL", text));
  }
  return url;
}

// All in memory, because its digest is to be known, and it may have to be sent twice.
std::vector<std::byte> known_payload(const PushJob& job, const Output& out, host::RawPush& push,
                                     std::optional<std::string>& base) {
  const std::vector<std::byte> image = read_image(job.file);
  push.digest = digest_of(image);
  base = base_of(job.file, image);
  return payload_of(job.file, image, false, out);
}

host::Ended send(const PushJob& job, const Output& out, host::RawPush& push, const host::PushTo& to,
                 std::optional<std::string>& base, bool of_data) {
  if (push.witness) return host::push_through_rescue(push, to, known_payload(job, out, push, base));
  host::Payload payload =
      of_data ? host::Payload(read_data(job.file)) : open_payload(job.file, out);
  host::Ended ended = push.push(to, payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  return ended;
}

}  // namespace

void RawPushDoor::add_options(CLI::App& command) {
  cipher_.add_options(command, "raw");
  command
      .add_option("--confirm-at", confirm_at_,
                  "after raw TCP, which brings no answer: the ws:// URL of the same device, to ask "
                  "what runs then")
      ->type_name("URL");
  command
      .add_option("--raw-to", bound_to_,
                  "FILE is the content of this data partition, to which the device has bound its "
                  "listener (its own --raw-to): raw TCP itself cannot say so")
      ->type_name("TARGET")
      ->excludes("--confirm-at");
}

std::string RawPushDoor::examples() const {
  return "  updraft push build/app.bin raw://192.168.1.20\n"
         "  updraft push build/app.bin raw://192.168.1.20 --confirm-at ws://192.168.1.20\n"
         "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin\n"
         "  updraft push web.bin raw://192.168.1.20 --raw-to fs:web\n"
         "  UPDRAFT_AES_KEY=... updraft push app.bin raw://dev.local:18000 --aes-iv "
         "0123456789012345\n";
}

int RawPushDoor::push(const PushJob& job) {
  host::RawPush push;
  push.cipher = cipher_.read();
  push.witness = read_witness(confirm_at_);
  if (!bound_to_.empty() && (job.file.is_signed() || !job.file.delta_from.empty())) {
    throw Stop(kUsage, "--raw-to takes a file as it is: neither signed on the way nor a patch");
  }
  const Output out(job.json);
  std::optional<std::string> base;
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::Ended ended = send(job, out, push, job.to(printer), base, !bound_to_.empty());
  throw_if_stopped(ended);
  const Ending ending = ended.outcome ? went_well(job, ended) : failed(job, ended, base);
  out.event(ending.event);
  if (ended.outcome) {
    out.item(ending.word, ending.line);
  } else {
    Output::fail(ending.line);
  }
  return ending.status;
}

}  // namespace updraft::cli
