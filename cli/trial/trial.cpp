// updraft confirm, updraft rollback: what shall become of an image that is on trial.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/words/door_options.hpp"
#include "host/desk/url.hpp"

namespace updraft::cli {
namespace {

using host::TrialEnd;

struct TrialOptions {
  TrialDoors doors;
  DoorOptions of_doors;
  std::string target;
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
    options.of_doors.check([&url](Scheme owner) {
      return owner == url.scheme ? std::string() : fmt::format("{} has no use for it", url.text());
    });
    return *door;
  }
  throw Stop(kUsage, fmt::format("{}: this works only with {} devices", url.text(),
                                 schemes(options.doors, "", "and")));
}

int done(const Output& out, const host::Ended& ended, TrialEnd end) {
  boost::json::object event = result_event(Result<>{});
  if (ended.runs) add_running(event, *ended.runs);
  out.event(event);
  if (ended.runs) {
    out.item("running", running_line(*ended.runs));
  } else {
    out.item("running",
             end == TrialEnd::keep
                 ? "the device was told to keep its image; it has no status page to show it"
                 : "the device is back; it has no status page to show what runs");
  }
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

int run(const TrialOptions& options, TrialEnd end) {
  const Output out(options.json);
  const host::Url url = host::parse_url(options.target, host::protocols_of(options.doors));
  TrialDoor& door = door_of(options, url);
  const std::unique_ptr<host::TrialMethod> method = door.method(url);
  PushPrinter printer(out, url.host);
  const Interrupt interrupt;
  const host::PushTo to{.url = url,
                        .wait = std::chrono::seconds(options.wait_seconds),
                        .stopped = Interrupt::came,
                        .watcher = &printer};
  const host::Ended ended = method->decide(to, end);
  throw_if_stopped(ended);
  return ended.outcome ? done(out, ended, end) : failed(out, door, ended, to);
}

CLI::App* add(CLI::App& app, const char* name, const char* what, TrialOptions& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("TARGET", options.target, schemes(options.doors, "HOST[:PORT]", "or"))
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
  command->callback([options, &status] { status = run(*options, TrialEnd::keep); });
}

void add_rollback(CLI::App& app, int& status, TrialDoors doors) {
  const auto options = std::make_shared<TrialOptions>();
  options->doors = std::move(doors);
  CLI::App* command =
      add(app, "rollback", "Go back from the new image that a device has on trial.", *options);
  command->footer(
      "The device restarts into the image that it ran before, and refuses the other one from then\n"
      "on. Exit status 1 if no image is on trial.\n"
      "Examples:\n"
      "  updraft rollback ws://192.168.1.20\n");
  command->callback([options, &status] { status = run(*options, TrialEnd::go_back); });
}

}  // namespace updraft::cli
