// updraft push: sends firmware to a device, by the protocol of its URL.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/push_bundle.hpp"
#include "cli/push_control.hpp"
#include "cli/push_raw.hpp"
#include "cli/push_ws.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/url.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kFooter =
    "Raw TCP has no answer: success means that the device took everything and closed.\n"
    "Examples:\n"
    "  updraft push build/app.bin raw://192.168.1.20\n"
    "  updraft push build/app.bin ws://192.168.1.20 --restart\n"
    "  updraft push build/app.bin wss://192.168.1.20:8443 --fingerprint 5f82... --confirm\n"
    "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin\n"
    "  updraft push src bundle://192.168.1.20 --password-file secret\n"
    "  updraft push build/app.bin control:/dev/esps0\n"
    "  updraft push http://192.168.1.2:9999/app.bin control:/dev/esps0\n"
    "  UPDRAFT_AES_KEY=... updraft push app.bin raw://dev.local:18000 --aes-iv "
    "0123456789012345\n";

struct PushOptions {
  PushFile file;
  std::string target;
  CipherOptions cipher;
  PasswordOptions password;
  WsPushOptions ws;
  std::string control_form = "current";
  unsigned wait_seconds = 10;
  bool json = false;
};

int push_page(const PushOptions& options, const Url& target) {
  const Output out(options.json);
  const std::vector<std::byte> image = read_image(options.file);
  const std::vector<std::byte> payload = payload_of(options.file, image, out);
  return push_ws(
      {options.file.name, image, payload, target, options.ws, options.wait_seconds, options.json});
}

int run(const PushOptions& options) {
  const Url target = parse_url(options.target);
  if (target.scheme == kRaw) {
    return push_raw(
        {options.file, target, read_cipher(options.cipher), options.wait_seconds, options.json});
  }
  if (target.scheme == kWs) return push_page(options, target);
  if (target.scheme == kBundle) {
    if (!options.file.delta_from.empty()) {
      throw Stop(kUsage, "--delta-from: a bundle sends whole files");
    }
    return push_bundle(
        {options.file.name, target, options.password, options.wait_seconds, options.json});
  }
  if (target.scheme == kControl) {
    return push_control({options.file, target, options.wait_seconds,
                         options.control_form == "older", options.json});
  }
  throw Stop(kUsage, fmt::format("{}: {} devices fetch; let them: updraft serve FILE --{} PORT",
                                 target.text(), name(target.scheme), name(target.scheme)));
}

// The last line is the result, also where nothing was sent.
int run_and_tell(const PushOptions& options) {
  try {
    return run(options);
  } catch (const Stop& stop) {
    Output(options.json)
        .event({{"event", "result"},
                {"result", stop.status == kFailed ? "failed" : "refused"},
                {"code", stop.code},
                {"message", stop.what()}});
    throw;
  }
}

void add_url_options(CLI::App& command, host::HttpOptions& http) {
  const char* group = "Where FILE is an https URL";
  command.add_option("--cafile", http.cafile, "PEM of who signs its certificate")
      ->check(CLI::ExistingFile)
      ->group(group);
  command.add_flag("--insecure-url", http.insecure, "take any certificate")->group(group);
}

}  // namespace

void add_push(CLI::App& app, int& status) {
  const auto options = std::make_shared<PushOptions>();
  CLI::App* command = app.add_subcommand("push", "Send firmware to a device.");
  command
      ->add_option("FILE", options->file.name,
                   "the image; - for standard input; an http(s) URL; for bundle a directory")
      ->required();
  command
      ->add_option("TARGET", options->target,
                   "raw://HOST[:PORT], port 18000 if not given; bundle://HOST[:PORT], 8266; "
                   "ws://HOST[:PORT][/PATH], 80 and /ota/ws; wss://, 443; control:DEVICE")
      ->required();
  add_cipher_options(*command, options->cipher);
  add_password_options(*command, options->password);
  add_ws_push_options(*command, options->ws);
  add_url_options(*command, options->file.http);
  command
      ->add_option("--control-form", options->control_form,
                   "what the co-processor behind control: speaks")
      ->check(CLI::IsMember({"current", "older"}))
      ->capture_default_str();
  command->add_option("--delta-from", options->file.delta_from,
                      "the image that the device runs now: only what differs from it is sent");
  command->add_option("--wait", options->wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", options->json, "one object per line; the last is the result");
  command->footer(kFooter);
  command->callback([options, &status] { status = run_and_tell(*options); });
}

}  // namespace updraft::cli
