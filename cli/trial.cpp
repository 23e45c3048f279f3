// updraft confirm, updraft rollback: what shall become of an image that is on trial.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/words/text.hpp"
#include "cli/ws_follow.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::cli {
namespace {

using link::WsHost;

struct TrialOptions {
  std::string target;
  TlsOptions tls;
  unsigned wait_seconds = 10;
  bool json = false;
};

class Trial {
 public:
  explicit Trial(const TrialOptions& options)
      : out_(options.json),
        client_(target(options), options.tls),
        wait_(std::chrono::seconds(options.wait_seconds)) {}

  int confirm() {
    const Result<> ready = begin();
    if (!ready) return failed(ready.error());
    WsHost host({.image = {}, .trial = WsHost::Trial::keep});
    if (const Result<> kept = client_.talk(host, wait_); !kept)
      return failed(kept.error(), host.refusal());
    if (!before_) {
      return done("the device was told to keep its image; it has no status page to show it");
    }
    const Result<DeviceStatus> now = client_.status(wait_);
    if (!now) return failed(now.error());
    if (now->pending) return failed({Code::protocol, Where::link});
    return done(running_line(*now), &*now);
  }

  int roll_back() {
    const Result<> ready = begin();
    if (!ready) return failed(ready.error());
    WsHost host({.image = {}, .trial = WsHost::Trial::go_back});
    if (const Result<> gone = client_.talk(host, wait_); !gone)
      return failed(gone.error(), host.refusal());
    const Followed followed = follow_restart(client_, out_, before_, false);
    if (!followed.back) return failed({Code::unreachable, Where::link});
    if (!followed.status)
      return done("the device is back; it has no status page to show what runs");
    return done(running_line(*followed.status), &*followed.status);
  }

 private:
  static Url target(const TrialOptions& options) {
    const Url url = parse_url(options.target);
    if (url.scheme != kWs) {
      throw Stop(kUsage,
                 fmt::format("{}: this works only with ws:// and wss:// devices", url.text()));
    }
    return url;
  }

  Result<> begin() {
    const Result<DeviceStatus> before = client_.status(wait_);
    if (!before && before.error().code != Code::http_status) {
      return std::unexpected(before.error());
    }
    if (!before) return {};
    before_ = *before;
    if (!before_->pending) return fail(Code::not_pending, Where::boot);
    return {};
  }

  int done(const std::string& line, const DeviceStatus* now = nullptr) {
    boost::json::object event = result_event(Result<>{});
    if (now != nullptr) add_running(event, *now);
    out_.event(event);
    out_.item("running", line);
    return kOk;
  }

  int failed(const Error& error, std::string_view refusal = {}) {
    boost::json::object event = result_event(std::unexpected(error));
    std::string line = client_.explain(error, wait_);
    if (error.code == Code::not_pending && before_) {
      line = fmt::format("{} has no image on trial: it runs {}.", client_.url().text(),
                         running_line(*before_));
    }
    if (!refusal.empty())
      line = fmt::format("{} said \"{}\"", client_.url().text(), printable(refusal));
    out_.event(event);
    Output::fail(line);
    return status_of(error);
  }

  Output out_;
  WsClient client_;
  Millis wait_;
  std::optional<DeviceStatus> before_;
};

CLI::App* add(CLI::App& app, const char* name, const char* what, TrialOptions& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("TARGET", options.target, "ws://HOST[:PORT] or wss://HOST[:PORT]")
      ->required();
  add_tls_options(*command, options.tls);
  command->add_option("--wait", options.wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", options.json, "one object per line; the last is the result");
  return command;
}

}  // namespace

void add_confirm(CLI::App& app, int& status) {
  const auto options = std::make_shared<TrialOptions>();
  CLI::App* command =
      add(app, "confirm", "Keep the new image that a device has on trial.", *options);
  command->footer(
      "Exit status 1 if no image is on trial.\n"
      "Examples:\n"
      "  updraft confirm ws://192.168.1.20\n"
      "  updraft confirm wss://kitchen.local --fingerprint 5f82...\n");
  command->callback([options, &status] { status = Trial(*options).confirm(); });
}

void add_rollback(CLI::App& app, int& status) {
  const auto options = std::make_shared<TrialOptions>();
  CLI::App* command =
      add(app, "rollback", "Go back from the new image that a device has on trial.", *options);
  command->footer(
      "The device restarts into the image that it ran before, and refuses the other one from then\n"
      "on. Exit status 1 if no image is on trial.\n"
      "Examples:\n"
      "  updraft rollback ws://192.168.1.20\n");
  command->callback([options, &status] { status = Trial(*options).roll_back(); });
}

}  // namespace updraft::cli
