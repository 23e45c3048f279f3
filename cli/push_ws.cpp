#include "cli/push_ws.hpp"

#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/send_progress.hpp"
#include "cli/words/text.hpp"
#include "cli/ws_follow.hpp"
#include "engine/format/image_verifier.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::cli {
namespace {

using link::WsHost;

struct WsPush {
  Bytes image;    // that shall run
  Bytes payload;  // to be sent: the image itself, or a patch
  Url target;
  WsPushOptions options;
  unsigned wait_seconds;
  bool json;
};

// How it ended, for both kinds of reader.
struct Ending {
  boost::json::object event;
  std::string line;
  Status status = kOk;
};

class Pusher {
 public:
  explicit Pusher(const WsPush& push)
      : push_(push),
        out_(push.json),
        client_(push.target, push.options.tls),
        wait_(std::chrono::seconds(push.wait_seconds)) {}

  int run() {
    const Ending ending = work();
    out_.event(ending.event);
    if (ending.status == kOk) {
      out_.item("done", ending.line);
    } else {
      Output::fail(ending.line);
    }
    return ending.status;
  }

 private:
  Ending work() {
    const Result<DeviceStatus> before = client_.status(wait_);
    if (!before && before.error().code != Code::http_status) return failed(before.error());
    if (before) before_ = *before;
    if (before_) out_.item("device", running_line(*before_));
    if (push_.options.pending == "rollback") {
      if (auto ended = roll_back_first()) return *ended;
    }
    if (auto ended = send()) return *ended;
    if (!restarts()) return installed();
    return after_restart();
  }
  bool restarts() const { return push_.options.restart || push_.options.confirm; }

  std::optional<Ending> roll_back_first() {
    WsHost host({.image = {}, .trial = WsHost::Trial::go_back});
    const Result<> gone = client_.talk(host, wait_);
    if (!gone && gone.error().code == Code::not_pending) return std::nullopt;  // nothing to do
    if (!gone) return failed(gone.error(), host.refusal());
    const Followed followed = follow_restart(client_, out_, before_, false);
    if (!followed.back) return lost();
    before_ = followed.status;
    return std::nullopt;
  }

  std::optional<Ending> send() {
    const bool keep = push_.options.pending == "keep";
    WsHost host({.image = push_.payload,
                 .restart = restarts(),
                 .trial = keep ? WsHost::Trial::keep : WsHost::Trial::leave});
    SendProgress progress(client_.reactor(), out_);
    progress.watch([&host] { return SendProgress::State{host.sent(), host.total()}; });
    const Result<> sent = client_.talk(host, wait_);
    progress.finish();
    if (sent) return std::nullopt;
    return failed(sent.error(), host.refusal());
  }

  Ending installed() const {
    Ending ending{result_event(Result<>{}), "", kOk};
    ending.line = fmt::format(
        "{} are in place and verified; the device starts the new image at its "
        "next restart (--restart asks for it).",
        human_bytes(push_.image.size()));
    return ending;
  }

  Ending after_restart() {
    Followed followed = follow_restart(client_, out_, before_, !push_.options.confirm);
    if (!followed.back) return lost();
    if (push_.options.confirm) {
      if (auto ended = confirm(followed)) return *ended;
    }
    if (!followed.status) {
      return {result_event(Result<>{}),
              "The device is back. It has no status page, so it does not say which version runs.",
              kOk};
    }
    return judge(*followed.status);
  }

  std::optional<Ending> confirm(Followed& followed) {
    if (followed.status && !followed.status->pending) return std::nullopt;
    WsHost host({.image = {}, .trial = WsHost::Trial::keep});
    if (const Result<> kept = client_.talk(host, wait_); !kept)
      return failed(kept.error(), host.refusal());
    if (!followed.status) return std::nullopt;
    const Result<DeviceStatus> now = client_.status(wait_);
    if (!now) return failed(now.error());
    followed.status = *now;
    return std::nullopt;
  }

  // Whether it is our image that runs. A compressed or sealed one has no digest that we could see.
  Ending judge(const DeviceStatus& now) const {
    const bool back = now.last && now.last->result == "rolled_back";
    const ImageReport image = report_image(push_.image);
    const bool ours = !image.verdict || digest_prefix(image.info.digest) == now.digest;
    Ending ending{result_event(Result<>{}), "running " + running_line(now), kOk};
    if (back || !ours) {
      const Error error{Code::rolled_back, Where::boot};
      ending.event = result_event(std::unexpected(error));
      ending.line = fmt::format("{} It runs {}.", explain(error), running_line(now));
      ending.status = status_of(error);
    }
    add_running(ending.event, now);
    return ending;
  }

  Ending lost() const {
    const Error error{Code::unreachable, Where::link};
    return {result_event(std::unexpected(error)),
            fmt::format("{} was told to restart and has not come back for a minute. Look at it: "
                        "switched off and on, it starts an image that is whole.",
                        push_.target.text()),
            status_of(error)};
  }

  // An otaError is only a word; the status document has the reason, where there is one.
  Ending failed(const Error& error, std::string_view refusal = {}) {
    Ending ending{result_event(std::unexpected(error)), "", status_of(error)};
    ending.line = client_.explain(error, wait_);
    if (error.code == Code::not_wanted) tell_refusal(ending, printable(refusal));
    if (error.code == Code::pending_confirm) {
      ending.line += " --pending keep or --pending rollback does it first.";
    }
    if (error.code == Code::aborted) {
      ending.line =
          fmt::format("{} went away after {} of {}; it keeps what it runs. Send it again.",
                      push_.target.text(), human_bytes(error.found), human_bytes(error.expected));
    }
    return ending;
  }

  void tell_refusal(Ending& ending, const std::string& words) {
    ending.event["device_said"] = words;
    ending.line = fmt::format("{} said \"{}\" and no more; its console tells why.",
                              push_.target.text(), words);
    if (!before_) return;
    const Result<DeviceStatus> now = client_.status(wait_);
    if (!now || !now->last || now->last->code.empty()) return;
    ending.event["result"] = now->last->result;
    ending.event["code"] = now->last->code;
    ending.event["message"] = now->last->message;
    ending.line = fmt::format("{}: {}", push_.target.text(), now->last->message);
    if (now->last->result != "refused") ending.status = kFailed;
  }

  const WsPush& push_;
  Output out_;
  WsClient client_;
  Millis wait_;
  std::optional<DeviceStatus> before_;  // nullopt: the device has no status document
};

}  // namespace

void WsPushDoor::add_options(CLI::App& command) {
  const char* group = "To ws:// and wss://";
  command
      .add_flag("--restart", options_.restart,
                "restart into the new image and say which version runs then")
      ->group(group);
  command
      .add_flag("--confirm", options_.confirm,
                "restart, and confirm the new image as soon as it runs")
      ->group(group);
  command
      .add_option("--pending", options_.pending,
                  "an image that is still on trial there: keep it, or roll it back, then send")
      ->check(CLI::IsMember({"keep", "rollback"}))
      ->group(group);
  add_tls_options(command, options_.tls);
  for (CLI::Option* const option :
       {command.get_option("--fingerprint"), command.get_option("--insecure")}) {
    option->group(group);
  }
}

std::string WsPushDoor::examples() const {
  return "  updraft push build/app.bin ws://192.168.1.20 --restart\n"
         "  updraft push build/app.bin wss://192.168.1.20:8443 --fingerprint 5f82... --confirm\n";
}

int WsPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = read_image(job.file);
  const std::vector<std::byte> payload = payload_of(job.file, image, true, out);
  const WsPush push{image, payload, job.target, options_, job.wait_seconds, job.json};
  return Pusher(push).run();
}

}  // namespace updraft::cli
