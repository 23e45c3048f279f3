// updraft serve: devices fetch a firmware file from here.
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/image_report.hpp"
#include "cli/serve/serve_door.hpp"
#include "cli/serve/serve_printer.hpp"
#include "cli/words/door_options.hpp"
#include "cli/words/files.hpp"
#include "host/desk/cannot_listen.hpp"
#include "host/desk/url.hpp"
#include "host/files/trim.hpp"

namespace updraft::cli {
namespace {

struct ServeOptions {
  ServeDoors doors;
  DoorOptions of_doors;
  std::string file;
  std::string listen = "0.0.0.0";
  bool once = false;
  bool json = false;
};

std::string port_option(ServeDoor& door) { return fmt::format("--{}", door.protocol().name); }

// Those that were asked for.
std::vector<ServeDoor*> chosen(const ServeOptions& options) {
  std::vector<ServeDoor*> doors;
  std::vector<std::string> ports;
  for (const auto& door : options.doors) {
    ports.push_back(port_option(*door));
    if (door->port) doors.push_back(door.get());
  }
  if (doors.empty()) {
    throw Stop(kUsage, fmt::format("no port to serve on: give {} PORT", host::listed(ports, "or")));
  }
  options.of_doors.check([&doors](Scheme scheme, const std::string&) -> std::string {
    for (ServeDoor* const door : doors) {
      if (scheme == door->protocol()) return "";
    }
    return fmt::format("--{} PORT serves by it", name(scheme));
  });
  return doors;
}

void check(ServeDoor& door, std::uint64_t file_bytes, const std::vector<ServeDoor*>& all) {
  std::vector<std::string> others;
  for (ServeDoor* const one : all) {
    if (one != &door) others.emplace_back(one->protocol().name);
  }
  door.check(file_bytes, others);
}

void listen(host::Serving& serving, const ServePrinter& printer, ServeDoor& door,
            const std::string& address, std::uint64_t file_bytes) {
  const Result<std::uint16_t> port = serving.listen(address, *door.port, door.method());
  if (!port) {
    throw host::cannot_listen(address, fmt::format("port {}", *door.port), port.error());
  }
  printer.listening(door, address, *port, file_bytes);
}

std::vector<std::byte> content_of(const std::string& path) {
  std::vector<std::byte> file = read_file(path);
  if (file.empty()) throw Stop(kRefused, path + " is empty");
  file.resize(files::without_padding(file).size());
  refuse_private_key(file, path);
  warn_if_odd(file, path, "Serving it all the same.");
  return file;
}

int run(const ServeOptions& options) {
  const std::vector<ServeDoor*> doors = chosen(options);
  std::error_code none;
  const bool folder = std::filesystem::is_directory(options.file, none);
  for (ServeDoor* const door : doors) {
    if (folder && !door->takes_folder()) {
      throw Stop(kUsage, fmt::format("{} serves one file, and {} is a folder", port_option(*door),
                                     options.file));
    }
    door->open(options.file, options.listen);
  }
  const std::vector<std::byte> file = folder ? std::vector<std::byte>{} : content_of(options.file);
  for (ServeDoor* const door : doors) check(*door, file.size(), doors);
  ServePrinter printer(options.json);
  host::Serving serving(file, printer);
  int status = kOk;
  if (options.once) {
    printer.on_ended = [&](const Result<>& outcome) {
      status = outcome ? kOk : status_of(outcome.error());
      serving.stop();
    };
  }
  serving.stop_on_signals();
  for (ServeDoor* const door : doors) listen(serving, printer, *door, options.listen, file.size());
  serving.run();
  return status;
}

}  // namespace

void add_serve(CLI::App& app, int& status, ServeDoors doors) {
  const auto options = std::make_shared<ServeOptions>();
  options->doors = std::move(doors);
  CLI::App* command = app.add_subcommand("serve", "Let devices fetch firmware from here.");
  command
      ->add_option("FILE", options->file,
                   "the image, - for standard input; for --http and --https also a folder")
      ->required();
  for (const auto& door : options->doors) {
    command
        ->add_option(port_option(*door), door->port,
                     door->title() + " on this port; 0: any free one")
        ->type_name("PORT")
        ->check(CLI::Range(0, 65535));
  }
  command->add_option("--listen", options->listen, "address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str();
  for (const auto& door : options->doors) {
    options->of_doors.add(*command, door->protocol(), "",
                          [&door](CLI::App& to) { door->add_options(to); });
  }
  command->add_flag("--once", options->once, "stop after one device");
  command->add_flag("--json", options->json, "one object per line");
  command->footer(
      "Examples:\n"
      "  updraft serve build/app.bin --raw 18000\n"
      "  updraft serve build/app.bin --raw 18000 --req 8070\n"
      "  updraft serve releases --https 8443     # a web server for a folder\n"
      "  updraft device --state my-device --pull raw://127.0.0.1:18000 --allow-unsigned\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
