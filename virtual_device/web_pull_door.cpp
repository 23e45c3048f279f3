#include "virtual_device/web_pull_door.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/words/files.hpp"
#include "cli/words/fingerprint.hpp"
#include "cli/words/stop.hpp"
#include "protocols/pull/web_text.hpp"

namespace updraft::device {
namespace {

using cli::kUsage;
using cli::Stop;

// The longest line of a request that servers take without a word of their own.
constexpr std::size_t kMostField = 4096;

// Adds an option of both doors: the second one says that it is its as well.
template <class Add>
void add_shared(CLI::App& command, const std::string& name, const Add& add) {
  CLI::Option* option = command.get_option_no_throw(name);
  if (option == nullptr) {
    add();
    return;
  }
  option->description(option->get_description() + " or http");
}

std::string base64(const std::string& text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += at + i <= text.size() ? kLetters[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return out;
}

// From a file, or from the environment. "": there is none.
std::string secret(const std::string& file, const char* variable) {
  if (file.empty()) {
    const char* const text = std::getenv(variable);
    return text != nullptr ? text : "";
  }
  cli::warn_if_others_can_read(file);
  const std::vector<std::byte> bytes = cli::read_file(file, cli::kMostSecretFile);
  const std::string_view text = as_text(bytes);
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  if (line.empty()) throw Stop(kUsage, file + " has an empty first line");
  return line;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
}

void want_a_field(const std::string& field) {
  const std::size_t colon = field.find(':');
  const auto is_name = [](char c) { return link::is_letter(c) || link::is_digit(c) || c == '-'; };
  const bool named = colon != std::string::npos && colon != 0 &&
                     std::ranges::all_of(field.substr(0, colon), is_name);
  if (named && is_plain(field) && field.size() <= kMostField) return;
  throw Stop(kUsage, "--header: want a field like 'X-Device: kitchen'");
}

std::string authorization(const WebPullOptions& given) {
  const std::string token = secret(given.bearer_file, "UPDRAFT_BEARER");
  if (!is_plain(token)) throw Stop(kUsage, "the bearer token has characters that no header takes");
  if (!given.user.empty()) {
    if (!given.bearer_file.empty()) throw Stop(kUsage, "give a token, or a user and a password");
    const std::string password = secret(given.password_file, "UPDRAFT_PULL_PASSWORD");
    if (password.empty()) {
      throw Stop(kUsage,
                 "--pull-user needs a password: --pull-password-file, or "
                 "UPDRAFT_PULL_PASSWORD");
    }
    return "Authorization: Basic " + base64(given.user + ":" + password) + "\r\n";
  }
  return token.empty() ? "" : "Authorization: Bearer " + token + "\r\n";
}

}  // namespace

void WebPullDoor::add_options(CLI::App& command) {
  WebPullOptions& given = *given_;
  if (is_tls()) add_tls_options(command);
  add_shared(command, "--header", [&] {
    command
        .add_option("--header", given.headers,
                    "a further field of each request, 'Name: value': to --pull by https")
        ->type_name("FIELD")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  });
  add_shared(command, "--bearer-file", [&] {
    command
        .add_option("--bearer-file", given.bearer_file,
                    "file whose first line is the token for the server, else $UPDRAFT_BEARER: to "
                    "--pull by https")
        ->type_name("FILE");
  });
  add_shared(command, "--pull-user", [&] {
    command.add_option("--pull-user", given.user, "who asks the server: to --pull by https")
        ->type_name("NAME");
  });
  add_shared(command, "--pull-password-file", [&] {
    command
        .add_option("--pull-password-file", given.password_file,
                    "file whose first line is that user's password, else $UPDRAFT_PULL_PASSWORD: "
                    "to --pull by https")
        ->type_name("FILE");
  });
  add_shared(command, "--pull-every", [&] {
    command
        .add_option("--pull-every", given.every,
                    "seconds between two questions, unless the server says: to --pull by https")
        ->type_name("SECONDS")
        ->check(CLI::Range(1.0, 604800.0))
        ->capture_default_str();
  });
  add_shared(command, "--pull-tz", [&] {
    command
        .add_option("--pull-tz", given.time_zone,
                    "where the device is, Europe/Berlin: told to the server of a fleet that --pull "
                    "asks by https")
        ->type_name("ZONE");
  });
  add_shared(command, "--pull-attr", [&] {
    command
        .add_option("--pull-attr", given.attributes,
                    "what else that server is told of the device, 'room=kitchen'; may be repeated: "
                    "to --pull by https")
        ->type_name("NAME=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  });
}

void WebPullDoor::add_tls_options(CLI::App& command) {
  WebPullOptions& given = *given_;
  CLI::Option* const ca =
      command
          .add_option("--ca", given.ca,
                      "the server's certificate, or those of who may have signed it: of --pull by "
                      "https")
          ->type_name("PEM-FILE");
  CLI::Option* const system =
      command.add_flag("--system-ca", given.system_ca,
                       "whoever this computer trusts may have signed it: of --pull by https");
  CLI::Option* const fingerprint =
      command
          .add_option("--fingerprint", given.fingerprint,
                      "only the server whose certificate has this SHA-256: of --pull by https")
          ->type_name("SHA256");
  ca->excludes(system)->excludes(fingerprint);
  system->excludes(fingerprint);
  command.add_flag("--trust-server", given.server_proves,
                   "what comes from the https server itself counts as from a sender that proved "
                   "itself: images without a signature are let in by its certificate");
}

void WebPullDoor::check() {
  settings_.every = Millis(static_cast<std::int64_t>(given_->every * 1000));
  settings_.server_proves = given_->server_proves;
  settings_.fields.clear();
  for (const std::string& field : given_->headers) {
    want_a_field(field);
    settings_.fields += field + "\r\n";
  }
  settings_.fields += authorization(*given_);
  check_hello();
  if (is_tls()) check_trust();
}

void WebPullDoor::check_hello() {
  settings_.time_zone = given_->time_zone;
  settings_.attributes.clear();
  for (const std::string& each : given_->attributes) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos) throw Stop(kUsage, "--pull-attr: want NAME=VALUE");
    settings_.attributes.emplace_back(each.substr(0, equals), each.substr(equals + 1));
  }
  const std::vector<link::WebAttribute> attributes = settings_.web_attributes();
  std::array<char, link::kMostHelloBytes> room;
  const std::string_view fault = link::fault_of(settings_.time_zone, attributes, room);
  if (!fault.empty()) throw Stop(kUsage, "--pull-attr, --pull-tz: " + std::string(fault));
}

void WebPullDoor::check_trust() {
  const WebPullOptions& given = *given_;
  linux_port::TlsTrust& trust = settings_.trust;
  if (!given.fingerprint.empty()) {
    trust.fingerprint = cli::read_fingerprint(given.fingerprint, "the server");
  } else if (!given.ca.empty()) {
    trust.authorities = std::string(as_text(cli::read_file(given.ca, cli::kMostSecretFile * 16)));
    if (!linux_port::fingerprint(trust.authorities)) {
      throw Stop(kUsage, "--ca " + given.ca + ": there is no certificate in PEM form");
    }
  } else if (!given.system_ca) {
    throw Stop(kUsage,
               "--pull by https: whom does the device trust? --ca FILE, --fingerprint "
               "SHA256 or --system-ca");
  }
}

std::string WebPullDoor::why_unused(const std::string& option) const {
  const bool has_user = !given_->user.empty();
  return option == "--pull-password-file" && !has_user ? "--pull-user says whose" : "";
}

std::unique_ptr<Pulling> WebPullDoor::pull(const DoorContext& context) {
  return std::make_unique<WebPuller>(context, scheme_, settings_);
}

}  // namespace updraft::device
