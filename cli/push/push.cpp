// updraft push: sends firmware to a device, by the protocol of its URL.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/push/cheapest.hpp"
#include "cli/push/push_data.hpp"
#include "cli/push/push_door.hpp"
#include "cli/target.hpp"
#include "cli/topic_help.hpp"
#include "cli/words/door_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/shared_option.hpp"
#include "engine/parts/rescue_part.hpp"
#include "engine/suit/package.hpp"

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

// Of a file that is a package already, that it brings the rescue app: it says so itself.
bool brings_rescue(const PushFile& file) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(file.name, none)) return false;
  const std::vector<std::byte> bytes = read_file(file.name);
  const auto envelope = suit::read_envelope(bytes);
  const auto manifest =
      envelope ? suit::read_manifest(envelope->manifest) : Result<suit::Manifest>(envelope.error());
  return manifest && as_text(manifest->components[0].name) == suit::kRescueComponent;
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
  if (options.job.keep_fallback && !door->asks_about_data()) {
    throw Stop(kUsage,
               "--keep-fallback asks the device for its status first; ws://, form:// and "
               "elegant:// can");
  }
  PushJob job = options.job;
  job.target = target;
  const bool brings = brings_rescue(job.file);
  job.file.rescue = brings || job.target_name == parts::kRescueName;
  job.packaged = brings || (job.file.rescue && job.file.is_signed());
  if (job.is_data() && !door->names(job.target_name)) {
    throw Stop(kUsage, fmt::format("--to {}: {} cannot say that; ws:// can{}", job.target_name,
                                   target.text(), job.file.rescue ? ", and a package can" : ""));
  }
  ask_about_data(job);
  const int status = door->push(job);
  if (status == kOk && !job.is_data() && !job.file.rescue) keep_build(job.file);
  if (status == kRefused && job.file.rescue && !job.packaged) {
    Output::add(
        "A rescue app comes in a signed package (--sign-key), or unsigned where the device was "
        "told "
        "to take it so: --allow-target=rescue.");
  }
  return status;
}

// "ws://HOST[:PORT][/PATH], port 80 if not given and /ota/ws; wss://, 443"
std::string target_help(const PushDoor& door) {
  const Protocol& row = door.protocol();
  if (row.carrier == Carrier::serial) return fmt::format("{}:{}", row.name, door.place());
  std::string help;
  for (const UrlWord& url : row.words) {
    if (!help.empty()) {
      help += fmt::format("; {}://, {}", url.word, url.port);
      continue;
    }
    const std::string path = url.path.empty() ? "" : fmt::format(" and {}", url.path);
    help = fmt::format("{}://HOST[:PORT]{}, port {} if not given{}", url.word,
                       url.path.empty() ? "" : "[/PATH]", url.port, path);
  }
  return help;
}

std::string silent_note(const PushDoor& door) {
  if (door.protocol().sender_hears) return "";
  return "No answer comes back: success means that the device took everything and closed.\n";
}

constexpr const char* kUrlGroup = "If FILE is a URL";
constexpr const char* kHttpsGroup = "If FILE is an https URL";
constexpr const char* kDataGroup = "Of a data partition";
constexpr const char* kSignGroup = "To sign on the way (what is not named: updraft.toml)";

HelpTopic topic_of(const PushDoor& door, const DoorOptions& options) {
  const Protocol& row = door.protocol();
  HelpTopic topic{.words = {},
                  .has = [&options, &row](const CLI::Option& one) { return options.has(one, row); },
                  .arguments = {{"TARGET", target_help(door)}},
                  .footer = silent_note(door) + "Examples:\n" + door.examples()};
  for (const UrlWord& url : row.words) topic.words.emplace_back(url.word);
  if (!door.other_files().empty()) topic.arguments.push_back({"FILE", door.other_files() + " too"});
  return topic;
}

HelpTopic topic_of(std::string word, std::initializer_list<std::string> groups,
                   const std::string& examples) {
  return {.words = {std::move(word)},
          .has =
              [all = std::vector(groups)](const CLI::Option& one) {
                return std::ranges::find(all, one.get_group()) != all.end();
              },
          .arguments = {},
          .footer = "Examples:\n" + examples};
}

std::shared_ptr<TopicHelp> help_of(const PushDoors& doors, const DoorOptions& options) {
  std::vector<HelpTopic> topics;
  std::string words;
  for (const auto& door : doors) {
    topics.push_back(topic_of(*door, options));
    for (const std::string& word : topics.back().words) words += (words.empty() ? "" : ", ") + word;
  }
  topics.push_back(topic_of(
      "url", {kUrlGroup, kHttpsGroup},
      "  updraft push https://ci.example/app.bin ws://192.168.1.20 --header \"Authorization: "
      "Bearer ...\"\n"));
  topics.push_back(topic_of("data", {kDataGroup},
                            "  updraft push web.bin ws://192.168.1.20 --to fs:web --restart\n"));
  topics.push_back(topic_of("sign", {kSignGroup},
                            "  updraft push build/app.bin raw://192.168.1.20 --sign-key "
                            "release.pem\n"));
  return std::make_shared<TopicHelp>(
      std::move(topics),
      [&options](const CLI::Option& one) {
        return options.has(one) || one.get_group() == kUrlGroup || one.get_group() == kHttpsGroup ||
               one.get_group() == kSignGroup || one.get_group() == kDataGroup;
      },
      fmt::format(
          "updraft push --help WORD tells the options and the URL of one protocol: {}; of "
          "sign (in a package, on the way), of url (if FILE is one), of data (--to). updraft "
          "man push has all of them.\n"
          "Examples:\n"
          "  updraft push build/app.bin raw://192.168.1.20\n"
          "  updraft push build/app.bin ws://kitchen.local --restart\n"
          "  updraft push build/app.bin arduino://192.168.1.20 --password-file secret\n"
          "  updraft push build/app.bin kitchen --sign-key release.pem\n",
          words));
}

// Of the manual page, which has all.
std::string footer(const PushDoors& doors) {
  std::string silent, examples, targets;
  for (const auto& door : doors) {
    examples += door->examples();
    targets += "  " + target_help(*door) + "\n";
    if (door->protocol().sender_hears) continue;
    silent += fmt::format("{}{}", silent.empty() ? "" : ", ", door->protocol().name);
  }
  if (!silent.empty()) {
    silent = fmt::format(
        "No answer comes back by {}: success means that the device took everything and "
        "closed.\n",
        silent);
  }
  return silent + "Targets:\n" + targets + "Examples:\n" + examples +
         "  updraft push build/app.bin raw://192.168.1.20 --sign-key release.pem\n";
}

std::string is_target(const std::string& text) {
  const bool good =
      text == "app" || text == "fs" || text == parts::kRescueName ||
      (text.starts_with("fs:") && text.size() > 3 && text.size() <= parts::kTargetChars);
  return good ? "" : "want app, fs, fs:LABEL or rescue";
}

// No line's end: what follows it would be another field.
std::string is_field(const std::string& text) {
  const bool good = text.find(':') != text.npos && text.find_first_of("\r\n") == text.npos;
  return good ? "" : "want a field like \"Authorization: Bearer ...\"";
}

void add_url_options(CLI::App& command, host::HttpOptions& http) {
  command.add_option("--cafile", http.cafile, "PEM of the authority that signed its certificate")
      ->check(CLI::ExistingFile)
      ->group(kHttpsGroup);
  command.add_flag("--insecure-url", http.insecure, "take any certificate")->group(kHttpsGroup);
  command
      .add_option("--header", http.headers,
                  "a field of the request: \"Authorization: Bearer ...\"; may be repeated")
      ->type_name("FIELD")
      ->check(is_field)
      ->allow_extra_args(false)
      ->group(kUrlGroup);
}

void add_sign_options(CLI::App& command, SignWith& sign) {
  const char* const group = kSignGroup;
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

CLI::Option* share_no_wait(CLI::App& command, const std::string& word) {
  return share(command, "--no-wait", word, [&] {
    return command.add_flag("--no-wait")
        ->description("end once the image is installed, before it runs and is confirmed");
  });
}

void add_push(CLI::App& app, int& status, PushDoors doors) {
  const auto options = std::make_shared<PushOptions>();
  options->doors = std::move(doors);
  PushJob& job = options->job;
  CLI::App* command = app.add_subcommand("push", "Send firmware to a device.");
  command->add_option("FILE", job.file.name, "the image; - for standard input; an http(s) URL")
      ->required();
  command->add_option("TARGET", options->target,
                      "a URL, or a name (updraft find); none: the only one");
  for (const auto& door : options->doors) {
    options->of_doors.add(*command, door->protocol(), "",
                          [&door](CLI::App& to) { door->add_options(to); });
  }
  add_url_options(*command, job.file.http);
  add_sign_options(*command, job.file.sign);
  command
      ->add_option("--delta-from", job.file.delta_from,
                   "what runs there now: only the difference is sent")
      ->type_name("FILE");
  command
      ->add_option("--to", job.target_name, "what it is for in place of the app: fs:LABEL, rescue")
      ->type_name("TARGET")
      ->check(is_target);
  command->add_flag("--one-way", job.one_way, "also where the old data has no room to be kept")
      ->group(kDataGroup);
  command
      ->add_flag("--keep-fallback", job.keep_fallback,
                 "refuse data that takes the place of the app to go back to (ws, form, elegant)")
      ->group(kDataGroup);
  command->add_flag("--yes", job.yes, "do not ask before data is lost by that, or by a power cut")
      ->group(kDataGroup);
  command->add_option("--wait", job.wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", job.json, "one object per line; the last is the result");
  command->footer(footer(options->doors));
  command->formatter(help_of(options->doors, options->of_doors));
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
