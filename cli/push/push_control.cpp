#include "cli/push/push_control.hpp"

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/words/text.hpp"
#include "host/client_update.hpp"
#include "host/push/control_push.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint64_t kTellEvery = 64 * 1024;  // a piece is 4000 bytes, too little for a line

int conclude_failure(const Output& out, const PushJob& job, const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  boost::json::object event = result_event(ended.outcome);
  std::string text = ended.trouble;
  if (text.empty()) text = host::explain(error, job.target.path);
  const bool stopped = ended.stopped != host::Stopped::no;
  if (stopped) text = kStoppedSending;
  event["message"] = text;
  out.event(event);
  Output::fail(text);
  return stopped ? kFailed : status_of(error);
}

std::string closing_line(const PushJob& job, const host::Ended& ended) {
  const std::string sent = fmt::format("{} to {}; ", human_bytes(ended.sent), job.target.text());
  if (ended.reached == host::Reached::current) return sent + "it runs that already";
  if (ended.runs && ended.runs->version.empty()) return sent + "it restarted";
  if (ended.runs) return sent + "it restarted and runs " + ended.runs->version;
  return sent + "it took the image and will restart into it, but was not heard since";
}

}  // namespace

void ControlPushDoor::add_options(CLI::App& command) {
  command.add_option("--control-form", form_, "the form that the co-processor speaks")
      ->check(CLI::IsMember({"current", "older"}))
      ->capture_default_str();
}

std::string ControlPushDoor::examples() const {
  return "  updraft push build/app.bin control:/dev/esps0\n"
         "  updraft push http://192.168.1.2:9999/app.bin control:/dev/esps0\n";
}

int ControlPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const Interrupt interrupt;
  PushFile file = job.file;
  file.http.stopped = Interrupt::came;
  host::Payload payload = open_payload(file, out);
  host::ControlPush push;
  push.form = form_ == "older" ? control::Form::older : control::Form::current;
  PushPrinter printer(out, job.target.path, kTellEvery);
  const host::Ended ended = push.push(job.to(printer), payload);
  if (!ended.outcome) return conclude_failure(out, job, ended);
  boost::json::object event = result_event({});
  if (ended.reached == host::Reached::current) event["result"] = "current";
  if (ended.runs) event["runs"] = ended.runs->version;
  out.event(event);
  out.item("sent", closing_line(job, ended));
  return kOk;
}

}  // namespace updraft::cli
