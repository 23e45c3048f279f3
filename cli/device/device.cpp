// updraft device: a virtual ESP32.
#include <csignal>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device/device_options.hpp"
#include "cli/device/device_printer.hpp"
#include "cli/words/console.hpp"
#include "virtual_device/virtual_device.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kExamples =
    "  updraft device --state d --raw 18000 --allow-unsigned\n"
    "  updraft device --state d --firmware app.bin --raw 0 --allow-unsigned --json\n"
    "  updraft device --state d --raw 18000 --keyset product.keyset --vendor example.com "
    "--class lamp/esp32c3/1\n"
    "  updraft device --state d --http 8080 --allow-unsigned      # page at "
    "http://127.0.0.1:8080\n"
    "  updraft device --state d --raw 18000 --allow-unsigned --app crash\n"
    "  updraft device --state d --raw 18000 --allow-unsigned --flash-timing w25q32jv "
    "--network-rate 300K\n"
    "  updraft device --state d --bundle 8266 --password-file secret\n"
    "  updraft device --state d --control /tmp/esps0 --allow-unsigned   # opened like "
    "/dev/esps0\n"
    "  updraft device --state d --raw 18000 --allow-unsigned --rsa-key private.pem\n"
    "  updraft device --state d --pull raw://192.168.1.2:18000 --allow-unsigned\n"
    "  updraft device --state d --pull req://192.168.1.2:8070 --allow-unsigned=req\n"
    "  updraft device --state d --pull https://updates.example/lamp.bin --system-ca "
    "--keyset product.keyset\n"
    "  updraft device --state d --arduino 3232 --password-file secret\n"
    "  updraft device --state d --esphome 3232 --password-file secret\n"
    "  updraft device --state d --http 8080 --elegant --allow-unsigned\n"
    "  updraft device --state d --http 8080 --form --allow-unsigned\n"
    "  updraft device --state d --mqtt mqtt://broker.lan/ota --allow-unsigned\n"
    "  updraft device --state d --uart /tmp/uart --allow-unsigned\n"
    "  updraft device --state d --sd /media/card --allow-unsigned\n";

// The device goes on whether or not somebody reads its console.
class PrintsAside {
 public:
  explicit PrintsAside(bool json)
      : console_([json](std::uint64_t lines) { return lost(lines, json); }) {
    std::signal(SIGPIPE, SIG_IGN);
    Output::go_through(&console_);
  }
  ~PrintsAside() { Output::go_through(nullptr); }
  PrintsAside(const PrintsAside&) = delete;
  PrintsAside& operator=(const PrintsAside&) = delete;

 private:
  static std::string lost(std::uint64_t lines, bool json) {
    return json ? fmt::format("{{\"event\":\"lost_lines\",\"count\":{}}}\n", lines)
                : fmt::format("{:<10} {} lines that nobody has read\n", "lost", lines);
  }
  Console console_;
};

// One power cycle in this process; a reset replaces the process, so this returns only at the end.
int run(DeviceOptions& options, char** arguments) {
  std::signal(SIGTTIN, SIG_IGN);  // in the background there is no console, and that is fine
  std::optional<device::Reset> reset;
  {
    const PrintsAside aside(options.json);  // what the options are warned of, too
    resolve(options);
    DevicePrinter printer(options.json);
    device::VirtualDevice device(options.device, options.doors, printer, device::last_reset());
    reset = device.run();
  }
  if (reset) device::restart(arguments, *reset);
  return kOk;
}

}  // namespace

void add_device(CLI::App& app, int& status, device::Doors doors) {
  const auto options = std::make_shared<DeviceOptions>();
  options->doors = std::move(doors);
  CLI::App* command = app.add_subcommand("device", "Run a virtual ESP32.");
  add_device_options(*command, *options);
  command->footer(std::string("The same --state again is a power cycle; killing the process is a "
                              "power cut.\n"
                              "Console (standard input): confirm, rollback, arm, reboot, status.\n"
                              "Examples:\n") +
                  kExamples);
  command->formatter(device_help(*options, kExamples));
  command->callback([options, command, &status] {
    options->device.only_for_new = given_for_new_device(*command);
    status = run(*options, program_arguments());
  });
}

}  // namespace updraft::cli
