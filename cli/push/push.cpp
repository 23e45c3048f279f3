// updraft push: sends firmware to a device, by the protocol of its URL.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/push/push_door.hpp"
#include "cli/target.hpp"
#include "cli/words/door_options.hpp"
#include "engine/parts/part.hpp"

namespace updraft::cli {
namespace {

struct PushOptions {
  PushDoors doors;
  DoorOptions of_doors;
  PushJob job;  // but for its target
  std::string target;
};

PushDoor* find_door(const PushOptions& options, Scheme scheme) {
  for (const auto& door : options.doors) {
    if (scheme == door->protocol()) return door.get();
  }
  return nullptr;
}

int run(const PushOptions& options) {
  const auto speaks = [&options](Scheme scheme) { return find_door(options, scheme) != nullptr; };
  const host::Url target = target_of(options.target, host::protocols_of(options.doors), speaks,
                                     Output(options.job.json));
  const std::string_view scheme = name(target.scheme);
  PushDoor* const door = find_door(options, target.scheme);
  if (door == nullptr && !target.scheme->fetches) {
    throw Stop(kUsage, fmt::format("{}: this program cannot send by {}", target.text(), scheme));
  }
  if (door == nullptr) {
    throw Stop(kUsage, fmt::format("{}: {} devices fetch; let them: updraft serve FILE --{} PORT",
                                   target.text(), scheme, scheme));
  }
  options.of_doors.check([&target](Scheme owner, const std::string&) {
    if (owner == target.scheme) return std::string();
    return fmt::format("{} has no use for it", target.text());
  });
  if (options.job.is_data() && !door->names(options.job.target_name)) {
    throw Stop(kUsage, fmt::format("--to {}: {} cannot say that; ws:// can",
                                   options.job.target_name, target.text()));
  }
  PushJob job = options.job;
  job.target = target;
  return door->push(job);
}

// "raw://HOST[:PORT], port 18000 if not given; ws://HOST[:PORT][/PATH], 80 and /ota/ws; wss://,
// 443"
std::string target_help(const PushDoors& doors) {
  std::string help;
  std::string port = "port {} if not given";  // said once
  for (const auto& door : doors) {
    const Protocol& row = door->protocol();
    for (const UrlWord& url : row.words) {
      if (!help.empty()) help += "; ";
      if (row.carrier == Carrier::serial) {
        help += fmt::format("{}:{}", url.word, door->place());
        continue;
      }
      const bool first = &url == &row.words.front();
      const std::string_view place = !first             ? ""
                                     : url.path.empty() ? "HOST[:PORT]"
                                                        : "HOST[:PORT][/PATH]";
      help +=
          fmt::format("{}://{}, {}", url.word, place, fmt::format(fmt::runtime(port), url.port));
      if (first && !url.path.empty()) help += fmt::format(" and {}", url.path);
      port = "{}";
    }
  }
  return help;
}

std::string file_help(const PushDoors& doors) {
  std::string help = "the image; - for standard input; an http(s) URL";
  for (const auto& door : doors) {
    if (door->other_files().empty()) continue;
    help += fmt::format("; for {} {}", door->protocol().name, door->other_files());
  }
  return help;
}

std::string footer(const PushDoors& doors) {
  std::string silent, examples;
  for (const auto& door : doors) {
    examples += door->examples();
    if (door->protocol().sender_hears) continue;
    silent += fmt::format("{}{}", silent.empty() ? "" : ", ", door->protocol().name);
  }
  if (!silent.empty()) {
    silent = fmt::format(
        "No answer comes back by {}: success means that the device took everything and "
        "closed.\n",
        silent);
  }
  return silent + "Examples:\n" + examples +
         "  updraft push build/app.bin raw://192.168.1.20 --sign-key release.pem\n";
}

std::string is_target(const std::string& text) {
  const bool good =
      text == "app" || text == "fs" ||
      (text.starts_with("fs:") && text.size() > 3 && text.size() <= parts::kTargetChars);
  return good ? "" : "want app, fs or fs:LABEL";
}

// No line's end: what follows it would be another field.
std::string is_field(const std::string& text) {
  const bool good = text.find(':') != text.npos && text.find_first_of("\r\n") == text.npos;
  return good ? "" : "want a field like \"Authorization: Bearer ...\"";
}

void add_url_options(CLI::App& command, host::HttpOptions& http) {
  const char* group = "If FILE is an https URL";
  command.add_option("--cafile", http.cafile, "PEM of the authority that signed its certificate")
      ->check(CLI::ExistingFile)
      ->group(group);
  command.add_flag("--insecure-url", http.insecure, "take any certificate")->group(group);
  command
      .add_option("--header", http.headers,
                  "a field of the request: \"Authorization: Bearer ...\"; may be repeated")
      ->type_name("FIELD")
      ->check(is_field)
      ->allow_extra_args(false)
      ->group("If FILE is a URL");
}

void add_sign_options(CLI::App& command, SignWith& sign) {
  const char* group = "To sign on the way (what is not named: updraft.toml)";
  command
      .add_option("--sign-key", sign.signer.keys,
                  "private release key: FILE is sent in a package that it signs")
      ->type_name("PEM")
      ->allow_extra_args(false)
      ->group(group);
  command.add_option("--product", sign.product, std::string(kProductForm))
      ->type_name("NAMES")
      ->needs("--sign-key")
      ->group(group);
  command.add_option("--sequence", sign.sequence, "number of the release")
      ->type_name("N")
      ->needs("--sign-key")
      ->group(group);
}

}  // namespace

void add_push(CLI::App& app, int& status, PushDoors doors) {
  const auto options = std::make_shared<PushOptions>();
  options->doors = std::move(doors);
  PushJob& job = options->job;
  CLI::App* command = app.add_subcommand("push", "Send firmware to a device.");
  command->add_option("FILE", job.file.name, file_help(options->doors))->required();
  command->add_option("TARGET", options->target,
                      fmt::format("{}; {}; left out: the only device there",
                                  target_help(options->doors), kTargetNames));
  for (const auto& door : options->doors) {
    options->of_doors.add(*command, door->protocol(), "",
                          [&door](CLI::App& to) { door->add_options(to); });
  }
  add_url_options(*command, job.file.http);
  add_sign_options(*command, job.file.sign);
  command
      ->add_option("--delta-from", job.file.delta_from,
                   "the image that the device runs now: only what differs from it is sent")
      ->type_name("FILE");
  command
      ->add_option("--to", job.target_name,
                   "what FILE is for, if not the app: fs:LABEL, a data partition of the device")
      ->type_name("TARGET")
      ->check(is_target);
  command->add_flag("--one-way", job.one_way,
                    "of data: put it in place also where the device has no room to keep the old");
  command->add_option("--wait", job.wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", job.json, "one object per line; the last is the result");
  command->footer(footer(options->doors));
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
