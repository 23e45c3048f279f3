// updraft confirm, rollback and restart: what shall become of an image that is on trial, and which
// app runs.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/target.hpp"
#include "cli/words/door_options.hpp"
#include "cli/words/text.hpp"
#include "engine/format/partition_table.hpp"
#include "host/desk/url.hpp"

namespace updraft::cli {
namespace {

using host::TrialEnd;

struct TrialOptions {
  TrialDoors doors;
  DoorOptions of_doors;
  std::string target;
  std::string into;  // of a restart: the app
  unsigned wait_seconds = 10;
  bool json = false;
};

// Each word of the doors' URLs, with something after it: "ws:// and wss://".
std::string schemes(const TrialDoors& doors, std::string_view after, std::string_view last) {
  std::vector<std::string> words;
  for (const auto& door : doors) {
    for (const UrlWord& url : door->protocol().words) {
      words.push_back(fmt::format("{}://{}", url.word, after));
    }
  }
  return host::listed(words, last);
}

TrialDoor& door_of(const TrialOptions& options, const host::Url& url) {
  for (const auto& door : options.doors) {
    if (url.scheme != door->protocol()) continue;
    options.of_doors.check([&url](Scheme owner, const std::string&) {
      return owner == url.scheme ? std::string() : fmt::format("{} has no use for it", url.text());
    });
    return *door;
  }
  throw Stop(kUsage, fmt::format("{}: this works only with {} devices", url.text(),
                                 schemes(options.doors, "", "and")));
}

using Deed = std::function<host::Ended(host::TrialMethod&, const host::PushTo&)>;

// `silent`: what is said of a device that does not tell what runs.
int done(const Output& out, const host::Ended& ended, std::string_view silent) {
  boost::json::object event = result_event(Result<>{});
  if (ended.runs) add_running(event, *ended.runs);
  out.event(event);
  out.item("running", ended.runs ? running_line(*ended.runs) : std::string(silent));
  return kOk;
}

int failed(const Output& out, const TrialDoor& door, const host::Ended& ended,
           const host::PushTo& to) {
  const Error& error = ended.outcome.error();
  std::string line = door.explain(error, ended, to);
  if (error.code == Code::not_pending && ended.before) {
    line = fmt::format("{} has no image on trial: it runs {}.", to.url.text(),
                       running_line(*ended.before));
  }
  if (!ended.refusal.empty()) line = fmt::format("{} said \"{}\"", to.url.text(), ended.refusal);
  boost::json::object event = result_event(ended.outcome);
  event["message"] = line;
  out.event(event);
  Output::fail(line);
  return status_of(error);
}

int run(const TrialOptions& options, const Deed& deed, std::string_view silent) {
  const Output out(options.json);
  const auto speaks = [&options](Scheme scheme) {
    return std::ranges::any_of(options.doors,
                               [&](const auto& door) { return scheme == door->protocol(); });
  };
  const host::Url url = target_of(options.target, host::protocols_of(options.doors), speaks, out);
  TrialDoor& door = door_of(options, url);
  const std::unique_ptr<host::TrialMethod> method = door.method(url);
  PushPrinter printer(out, url.host);
  const Interrupt interrupt;
  const host::PushTo to{.url = url,
                        .wait = std::chrono::seconds(options.wait_seconds),
                        .stopped = Interrupt::came,
                        .watcher = &printer};
  const host::Ended ended = deed(*method, to);
  throw_if_stopped(ended);
  return ended.outcome ? done(out, ended, silent) : failed(out, door, ended, to);
}

constexpr std::string_view kBack = "the device is back; it has no status page to show what runs";

int decide(const TrialOptions& options, TrialEnd end) {
  return run(
      options,
      [end](host::TrialMethod& method, const host::PushTo& to) { return method.decide(to, end); },
      end == TrialEnd::keep
          ? "the device was told to keep its image; it has no status page to show it"
          : kBack);
}

// What of a name could not be one in a partition table, or not in a message.
std::string app_name(const std::string& name) {
  const bool plain = name.find_first_of("\"\\") == name.npos && printable(name) == name;
  return plain && name.size() <= format::kPartitionLabelBytes
             ? ""
             : "a partition's name has up to 16 plain characters";
}

CLI::App* add(CLI::App& app, const char* name, const char* what, TrialOptions& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command
      ->add_option("TARGET", options.target,
                   fmt::format("{}; {}", schemes(options.doors, "HOST[:PORT]", "or"), kTargetNames))
      ->required();
  for (const auto& door : options.doors) {
    options.of_doors.add(*command, door->protocol(), "",
                         [&door](CLI::App& to) { door->add_options(to); });
  }
  command->add_option("--wait", options.wait_seconds, "seconds to try while nobody answers")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", options.json, "one object per line; the last is the result");
  return command;
}

}  // namespace

void add_confirm(CLI::App& app, int& status, TrialDoors doors) {
  const auto options = std::make_shared<TrialOptions>();
  options->doors = std::move(doors);
  CLI::App* command =
      add(app, "confirm", "Keep the new image that a device has on trial.", *options);
  command->footer(
      "Exit status 1 if no image is on trial.\n"
      "Examples:\n"
      "  updraft confirm ws://192.168.1.20\n"
      "  updraft confirm wss://kitchen.local --fingerprint 5f82...\n");
  command->callback([options, &status] { status = decide(*options, TrialEnd::keep); });
}

void add_rollback(CLI::App& app, int& status, TrialDoors doors) {
  const auto options = std::make_shared<TrialOptions>();
  options->doors = std::move(doors);
  CLI::App* command =
      add(app, "rollback", "Go back from the new image that a device has on trial.", *options);
  command->footer(
      "The device restarts into the image that it ran before, and refuses the other one from then "
      "on. Exit status 1 if no image is on trial.\n"
      "Examples:\n"
      "  updraft rollback ws://192.168.1.20\n");
  command->callback([options, &status] { status = decide(*options, TrialEnd::go_back); });
}

void add_restart(CLI::App& app, int& status, TrialDoors doors) {
  const auto options = std::make_shared<TrialOptions>();
  options->doors = std::move(doors);
  CLI::App* command = add(app, "restart", "Restart a device, also into its factory app.", *options);
  command
      ->add_option("--into", options->into,
                   "the factory app, by its name in the partition table; it runs until the next "
                   "update")
      ->type_name("NAME")
      ->check(CLI::Validator(app_name, "APP"));
  command->footer(
      "Where a table has one slot beside the factory app, only that app can update it.\n"
      "Examples:\n"
      "  updraft restart ws://192.168.1.20\n"
      "  updraft restart ws://192.168.1.20 --into safeboot && updraft push app.bin "
      "ws://192.168.1.20\n");
  command->callback([options, &status] {
    const auto deed = [&](host::TrialMethod& method, const host::PushTo& to) {
      return method.restart(to, options->into);
    };
    status = run(*options, deed, kBack);
  });
}

}  // namespace updraft::cli
