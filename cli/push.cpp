// updraft push: sends a firmware file to a device that listens.
#include <fmt/format.h>

#include "updraft/link/raw_sender.hpp"
#include "updraft/update/policy.hpp"

#include "cli/cipher_options.hpp"
#include "cli/command.hpp"
#include "cli/delta_patch.hpp"
#include "cli/files.hpp"
#include "cli/image_report.hpp"
#include "cli/push_bundle.hpp"
#include "cli/send_progress.hpp"
#include "cli/text.hpp"
#include "cli/url.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::cli {
namespace {

struct PushOptions {
  std::string file;
  std::string target;
  CipherOptions cipher;
  PasswordOptions password;
  std::string delta_from;
  unsigned wait_seconds = 10;
  bool json = false;
};

// What the sending machine needs, and how it ended.
class Push final : public ports::Connection {
 public:
  Push(Bytes payload, const std::optional<link::RawCipher>& cipher, Result<>& outcome)
      : source_(payload), sender_(source_, cipher ? &*cipher : nullptr), outcome_(outcome) {}
  link::Link& link() override { return sender_; }
  void closed(const Result<>& outcome) override {
    outcome_ = outcome;
    done = true;
    if (on_closed) on_closed();
  }
  const link::RawSender& sender() const { return sender_; }
  bool done = false;
  std::function<void()> on_closed;

 private:
  link::MemorySource source_;
  link::RawSender sender_;
  Result<>& outcome_;
};

// The device will judge; this only saves a puzzled look at its console.
void warn_if_odd(Bytes file, const std::string& name) {
  if (classify(file.first(std::min(file.size(), kClassifyBytes))) == PayloadClass::compressed)
    return;
  const ImageReport report = report_image(file);
  if (report.verdict) return;
  Output::warn(
      fmt::format("{}: {} Sending it all the same.", name, explain(report.verdict.error())));
}

std::string closing_line(const Url& target, std::uint64_t bytes, double seconds) {
  return fmt::format(
      "{} in {} to {}. Raw TCP brings no answer: the device's console says how it went.",
      human_bytes(bytes), human_seconds(seconds), target.text());
}

std::string failure_line(const Url& target, const Error& error, unsigned waited) {
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target.text(), waited, explain(error));
  }
  if (error.code == Code::aborted) {
    return fmt::format(
        "{} closed the connection after {} of {}: it refused the file or went away; "
        "its console tells.",
        target.text(), human_bytes(error.found), human_bytes(error.expected));
  }
  return fmt::format("{}: {}", target.text(), explain(error));
}

int run(const PushOptions& options) {
  const Output out(options.json);
  const Url target = parse_url(options.target);
  if (target.scheme == Scheme::bundle && !options.delta_from.empty()) {
    throw Stop(kUsage, "--delta-from: a bundle sends whole files");
  }
  if (target.scheme == Scheme::bundle) {
    return push_bundle(
        {options.file, target, options.password, options.wait_seconds, options.json});
  }
  if (target.scheme != Scheme::raw) {
    throw Stop(kUsage, fmt::format("{}: {} devices fetch; let them: updraft serve FILE --{} PORT",
                                   target.text(), name(target.scheme), name(target.scheme)));
  }
  const auto cipher = read_cipher(options.cipher);
  std::vector<std::byte> file = read_file(options.file);
  if (file.empty()) throw Stop(kRefused, options.file + " is empty");
  warn_if_odd(file, options.file);
  if (!options.delta_from.empty()) file = delta_from(options.delta_from, file, out);

  Result<> outcome = fail(Code::aborted, Where::link);
  bool stopped = false;
  ports::Reactor reactor;
  SendProgress progress(reactor, out);
  auto push = std::make_unique<Push>(file, cipher, outcome);
  progress.watch(
      [&sender = push->sender()] { return SendProgress::State{sender.sent(), sender.total()}; });
  push->on_closed = [&] {
    progress.finish();
    reactor.stop();
  };
  reactor.on_signal([&](int) {
    progress.finish();
    stopped = true;
    reactor.stop();
  });
  reactor.connect(target.host, target.port, std::move(push),
                  {.retry_for = std::chrono::seconds(options.wait_seconds)});
  reactor.run();

  out.event(result_event(outcome));
  if (stopped) {
    Output::fail("stopped; the device keeps what it runs");
    return kFailed;
  }
  if (!outcome) {
    Output::fail(failure_line(target, outcome.error(), options.wait_seconds));
    return status_of(outcome.error());
  }
  out.item("sent",
           closing_line(target, file.size(),
                        std::chrono::duration<double>(reactor.now().time_since_epoch()).count()));
  return kOk;
}

}  // namespace

void add_push(CLI::App& app, int& status) {
  const auto options = std::make_shared<PushOptions>();
  CLI::App* command = app.add_subcommand("push", "Send firmware to a device.");
  command
      ->add_option("FILE", options->file, "the image; - for standard input; for bundle a directory")
      ->required();
  command
      ->add_option("TARGET", options->target,
                   "raw://HOST[:PORT], port 18000 if not given; bundle://HOST[:PORT], 8266")
      ->required();
  add_cipher_options(*command, options->cipher);
  add_password_options(*command, options->password);
  command->add_option("--delta-from", options->delta_from,
                      "the image that the device runs now: only what differs from it is sent");
  command->add_option("--wait", options->wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", options->json, "one object per line; the last is the result");
  command->footer(
      "Raw TCP has no answer: success means that the device took everything and closed.\n"
      "Examples:\n"
      "  updraft push build/app.bin raw://192.168.1.20\n"
      "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin\n"
      "  updraft push src bundle://192.168.1.20 --password-file secret\n"
      "  UPDRAFT_AES_KEY=... updraft push app.bin raw://dev.local:18000 --aes-iv "
      "0123456789012345\n");
  command->callback([options, &status] {
    try {
      status = run(*options);
    } catch (const Stop& stop) {  // the last line is the result, also where nothing was sent
      Output(options->json)
          .event({{"event", "result"},
                  {"result", stop.status == kFailed ? "failed" : "refused"},
                  {"code", "local"},
                  {"message", stop.what()}});
      throw;
    }
  });
}

}  // namespace updraft::cli
