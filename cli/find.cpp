// updraft find: the devices on the local network.
#include <algorithm>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "host/discovery/discovery.hpp"

namespace updraft::cli {
namespace {

struct FindOptions {
  double seconds = 3;
  bool json = false;
  bool names = false;
};

boost::json::object event_of(const host::FoundDevice& device) {
  boost::json::object open;
  for (const host::FoundDevice::Way& way : device.open) open[printable(way.word)] = way.port;
  boost::json::array addresses;
  for (const std::string& address : device.addresses) addresses.emplace_back(address);
  return {{"event", "device"},
          {"id", printable(device.id)},
          {"name", printable(device.name)},
          {"host", printable(device.host)},
          {"address", device.addresses.empty() ? "" : device.addresses.front()},
          {"addresses", addresses},
          {"port", device.port},
          {"chip", printable(device.chip)},
          {"project", printable(device.project)},
          {"version", printable(device.version)},
          {"digest", printable(device.digest)},
          {"state", printable(device.state)},
          {"open", open}};
}

// "ws://192.168.1.20:80, raw://192.168.1.20:18000"
std::string urls(const host::FoundDevice& device) {
  std::string text;
  for (const host::FoundDevice::Way& way : device.open) {
    text += fmt::format("{}{}://{}:{}", text.empty() ? "" : ", ", way.word,
                        device.addresses.front(), way.port);
  }
  return printable(text);
}

void tell(const Output& out, const host::FoundDevice& device) {
  const std::string runs = fmt::format("{} {}", device.project, device.version);
  out.line(fmt::format("{:<20} {:<15} {:<9} {}{}", printable(device.name),
                       device.addresses.empty() ? "" : device.addresses.front(),
                       printable(device.chip), printable(runs),
                       device.state == "pending_verify" ? ", on trial" : ""));
  out.line(fmt::format("{:<20} {}", "", urls(device)));
}

// What a shell may offer as it stands. A device may call itself anything.
bool is_plain_word(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, plain);
}

int run(const FindOptions& options) {
  const Output out(options.json);
  const Interrupt interrupt;
  const std::vector<host::FoundDevice> devices =
      host::find_devices({.most = Millis(static_cast<std::int64_t>(options.seconds * 1000)),
                          .stopped = Interrupt::came});
  if (options.names) {
    for (const host::FoundDevice& device : devices) {
      if (is_plain_word(device.name)) out.line(device.name);
    }
    return kOk;
  }
  if (!devices.empty())
    out.line(fmt::format("{:<20} {:<15} {:<9} {}", "NAME", "ADDRESS", "CHIP", "RUNS"));
  for (const host::FoundDevice& device : devices) {
    out.event(event_of(device));
    tell(out, device);
  }
  out.event({{"event", "result"}, {"result", "ok"}, {"devices", devices.size()}});
  if (!devices.empty()) return kOk;
  out.line("No device has answered.");
  out.line(
      "Devices answer on the network that this computer is on, if they listen there: a virtual "
      "one");
  out.line("does with --listen 0.0.0.0, and on this machine alone without it.");
  return kOk;
}

}  // namespace

void add_find(CLI::App& app, int& status) {
  const auto options = std::make_shared<FindOptions>();
  CLI::App* command = app.add_subcommand("find", "List the devices on the local network.");
  command->add_option("--seconds", options->seconds, "how long to listen for answers")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command->add_flag("--json", options->json, "one object per line; the last is the result");
  command
      ->add_flag("--names", options->names,
                 "their names alone, for shells: those that are one plain word")
      ->excludes("--json");
  command->footer(
      "A device is found by multicast DNS. What it says of itself is for people; it proves "
      "nothing.\n"
      "Examples:\n"
      "  updraft find\n"
      "  updraft push build/app.bin kitchen     # by the name that is listed\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
