// updraft espota: the flags of Arduino's espota.py, for lines in platform.txt and upload_command
// that name it. Exit status 0 or 1, progress on standard error, as there.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/push/push_arduino.hpp"
#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "engine/crypto/md5.hpp"

namespace updraft::cli {
namespace {

constexpr std::size_t kFileSystemBytes = 16u << 20;  // the largest flash that is common

struct EspotaOptions {
  std::string ip, host_ip, auth, file;
  std::uint16_t port = kArduino.words.front().port;
  std::uint16_t host_port = 0;
  bool md5_target = false, spiffs = false, debug = false, progress = false;
  unsigned timeout = 10;
};

constexpr int kBarColumns = 60;

// What the original draws: a bar, or a dot now and then.
class EspotaPrinter final : public host::PushWatcher {
 public:
  explicit EspotaPrinter(const EspotaOptions& options) : options_(options) {
    fmt::print(stderr, "Sending invitation to {} ", options.ip);
  }
  void trying(Millis since) override {
    for (; asked_ < since / Millis{1'000}; ++asked_) fmt::print(stderr, ".");
  }
  void tried() override { fmt::print(stderr, "\n"); }
  void progress(std::uint64_t sent, std::uint64_t total) override {
    if (total == 0 || sent == 0) return;
    const double part = static_cast<double>(sent) / static_cast<double>(total);
    const int columns = static_cast<int>(std::lround(kBarColumns * part));
    if (!options_.progress) {
      if (drawn_ < 0) fmt::print(stderr, "Uploading");
      for (drawn_ = std::max(drawn_, 0); drawn_ < columns; ++drawn_) fmt::print(stderr, ".");
      return;
    }
    const int percent = static_cast<int>(100 * part);
    if (percent == drawn_) return;
    drawn_ = percent;
    fmt::print(stderr, "\rUploading: [{:{}}] {}% {}",
               std::string(static_cast<std::size_t>(columns), '='), kBarColumns, percent,
               sent == total ? "Done...\r\n" : "");
  }
  void transfer_over() override { fmt::print(stderr, "\n"); }

 private:
  const EspotaOptions& options_;
  std::int64_t asked_ = 0;
  int drawn_ = -1;
};

std::vector<std::byte> bytes_of(const EspotaOptions& options) {
  if (options.spiffs) return read_file(options.file, kFileSystemBytes);
  const PushFile file{.name = options.file};
  const std::vector<std::byte> image = read_image(file);
  return payload_of(file, image, false, Output(false));
}

int run_espota(const EspotaOptions& options) {
  if (options.ip.empty() || options.file.empty()) {
    throw Stop(kRefused, "espota needs -i IP and -f FILE");
  }
  const std::vector<std::byte> bytes = bytes_of(options);
  host::ArduinoPush push;
  push.md5 = crypto::md5(bytes);
  push.password = known_password({.text = options.auth});
  push.md5_password = options.md5_target;
  push.file_system = options.spiffs;
  push.listen_on = options.host_ip == "0.0.0.0" ? "" : options.host_ip;
  push.listen_port = options.host_port;
  host::Url url{
      .scheme = kArduino, .word = kArduino.name, .host = options.ip, .port = options.port};
  if (options.debug) fmt::print(stderr, "Upload size: {}\n", bytes.size());
  EspotaPrinter printer(options);
  const Interrupt interrupt;
  const host::PushTo to{.url = url,
                        .wait = std::chrono::seconds(options.timeout),
                        .stopped = Interrupt::came,
                        .watcher = &printer};
  host::Payload payload(bytes);
  const host::Ended ended = push.push(to, payload);
  throw_if_stopped(ended);
  if (options.debug) fmt::print(stderr, "Login: {}\n", arduino_login(push));
  if (ended.outcome) return kOk;
  Output::fail(arduino_failure(to, push, ended));
  return kRefused;
}

// What build tools read is a failure or none.
int as_original(const EspotaOptions& options) {
  try {
    return run_espota(options);
  } catch (const Stop& stop) {
    Output::fail(stop.what());
  } catch (const host::Trouble& trouble) {
    Output::fail(trouble.what());
  }
  return kRefused;
}

}  // namespace

void add_espota(CLI::App& app, int& status) {
  const auto options = std::make_shared<EspotaOptions>();
  CLI::App* command = app.add_subcommand(
      "espota", "ArduinoOTA with the flags of espota.py, for platform.txt and upload_command.");
  command->add_option("-i,--ip", options->ip, "the device's address")->type_name("HOST");
  command->add_option("-I,--host_ip", options->host_ip, "address here that the device calls")
      ->type_name("ADDRESS")
      ->default_str("0.0.0.0");
  command->add_option("-p,--port", options->port, "its UDP port")->capture_default_str();
  command->add_option("-P,--host_port", options->host_port, "TCP port here that it calls; 0: any");
  command->add_option("-a,--auth", options->auth, "password; default: $UPDRAFT_PASSWORD")
      ->type_name("P")
      ->expected(0, 1);  // build tools pass an empty one
  command->add_flag("-m,--md5-target", options->md5_target,
                    "the device has stored the MD5 of the password");
  command->add_option("-f,--file", options->file, "the image")->type_name("FILE");
  command->add_flag("-s,--spiffs", options->spiffs, "the file is a file system, and no app");
  command->add_flag("-d,--debug", options->debug, "say more");
  command->add_flag("-r,--progress", options->progress, "draw a bar");
  command->add_option("-t,--timeout", options->timeout, "seconds to invite, once a second")
      ->capture_default_str();
  for (CLI::Option* option : command->get_options()) option->take_last();
  command->footer(
      "Exit status 0 or 1. updraft push FILE arduino://HOST does the same and says more.\n"
      "Example:\n"
      "  updraft espota -i 192.168.1.20 -p 3232 --auth=secret -f build/app.bin -r\n");
  command->callback([options, &status] { status = as_original(*options); });
}

}  // namespace updraft::cli
