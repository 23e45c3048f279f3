#include "cli/push_control.hpp"

#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "cli/progress_bar.hpp"
#include "cli/words/text.hpp"
#include "host/push.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint64_t kProgressStep = 64 * 1024;  // bytes between two progress events

control::Client* interrupted_client = nullptr;

void on_signal(int) {
  if (interrupted_client != nullptr) interrupted_client->stop();
}

// While a push runs, a signal stops it in order.
class Interruptible {
 public:
  explicit Interruptible(control::Client& client) {
    interrupted_client = &client;
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
  }
  ~Interruptible() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    interrupted_client = nullptr;
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
};

// A device that is not there yet, or in use, is tried again.
Result<> open(control::Client& client, const PushJob& job) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(job.wait_seconds);
  while (true) {
    const Result<> opened = client.open(job.target.path);
    if (opened || client.stopped() || std::chrono::steady_clock::now() >= until) return opened;
    std::this_thread::sleep_for(Millis{100});
  }
}

int conclude(const Output& out, const PushJob& job, bool stopped,
             const host::SourceFailure& failure) {
  boost::json::object event = result_event(std::unexpected(failure.error));
  std::string text = failure.text;
  if (text.empty()) text = host::explain(failure.error, job.target.path);
  if (stopped) text = "stopped; the device keeps what it runs";
  event["message"] = text;
  out.event(event);
  Output::fail(text);
  return stopped ? kFailed : status_of(failure.error);
}

std::string closing_line(const PushJob& job, const host::Pushed& pushed) {
  const std::string sent = fmt::format("{} to {}; ", human_bytes(pushed.bytes), job.target.text());
  if (pushed.back) return sent + "it restarted and runs " + printable(pushed.runs);
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
  control::Client client(form_ == "older" ? control::Form::older : control::Form::current);
  const Interruptible interruptible(client);
  PushFile file = job.file;
  file.http.stopped = [&client] { return client.stopped(); };
  host::Payload payload = open_payload(file, out);
  if (const Result<> opened = open(client, job); !opened) {
    return conclude(out, job, client.stopped(), {opened.error(), ""});
  }
  ProgressBar bar("sending");
  std::uint64_t shown = 0;
  host::PushOptions push_options;
  push_options.progress = [&](std::uint64_t sent, std::uint64_t total) {
    if (!out.json()) bar.show(sent, total);
    if (sent - shown >= kProgressStep || sent == total) {
      shown = sent;
      out.event({{"event", "progress"}, {"sent", sent}, {"total", total}});
    }
    return true;
  };
  const auto pushed = host::push(client, payload, push_options);
  bar.finish();
  if (!pushed) return conclude(out, job, client.stopped(), pushed.error());
  boost::json::object event = result_event({});
  if (pushed->back) event["runs"] = pushed->runs;
  out.event(event);
  out.item("sent", closing_line(job, *pushed));
  return kOk;
}

}  // namespace updraft::cli
