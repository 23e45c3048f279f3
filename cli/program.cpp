// updraft: one program, a file or a folder for each subcommand.
#include <algorithm>
#include <exception>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "updraft/version.hpp"

#include "cli/doors.hpp"
#include "cli/help.hpp"
#include "cli/hints.hpp"
#include "cli/signing/commands.hpp"
#include "cli/words/text.hpp"
#include "virtual_device/identity.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kStatusLine =
    "Exit status: 0 done; 1 refused or invalid; 2 wrong usage; 3 failed, try again.\n";

constexpr const char* kStart =
    "\n"
    "Start here:\n"
    "  updraft image make --version 1.0.0 -o v1.bin\n"
    "  updraft key gen root.pem\n"
    "  updraft key gen release.pem\n"
    "  updraft keyset make --root root.pem --release release.pem -o product.keyset\n"
    "  updraft device --state my-device --firmware v1.bin --keyset product.keyset --raw 18000\n"
    "and in a second terminal:\n"
    "  updraft image make --version 1.1.0 -o v2.bin\n"
    "  updraft sign v2.bin --key release.pem --product example.com/lamp/esp32c3/1 --sequence 1\n"
    "  updraft push v2.suit raw://127.0.0.1:18000\n";

// What is empty is most often a variable of a script that was not set, and would mean "all", "any",
// "no key" or, of a target, "the only one". Only an image's names may be empty.
void refuse_empty_values(std::span<const std::string> words) {
  if (words.front() == "image" || words.front() == "espota") return;
  std::string_view before;
  for (const std::string_view argument : words) {
    if (argument == "--") return;
    const std::size_t equals = argument.find('=');
    const bool ends_so = argument.starts_with("-") && equals + 1 == argument.size();
    if (ends_so || (argument.empty() && before.starts_with("-"))) {
      throw Stop(kUsage, fmt::format("{} has an empty value; give it one, or leave it out",
                                     ends_so ? argument.substr(0, equals) : before));
    }
    if (argument.empty()) {
      throw Stop(kUsage, fmt::format("what follows {} is empty; fill it in, or leave it out",
                                     printable(before)));
    }
    before = argument;
  }
}

constexpr const char* kFirst =
    "Updraft: over-the-air firmware updates for ESP32-class devices.\n"
    "\n"
    "Look at an image          updraft inspect build/app.bin\n"
    "Update a device           updraft push build/app.bin ws://192.168.1.20 --restart\n"
    "Keep what it has on trial updraft confirm ws://192.168.1.20\n"
    "Let devices fetch         updraft serve build/app.bin --raw 18000\n"
    "Try it without hardware   updraft device --state d --http 8080 --allow-unsigned\n"
    "\n"
    "updraft --help lists all commands, updraft help COMMAND tells more of one.\n";

// `updraft help push` is `updraft push --help`, `updraft version` is `updraft --version`.
std::vector<std::string> plain_words(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) return words;
  if (words.front() == "version" && words.size() == 1) words.front() = "--version";
  if (words.front() != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

// One that does not exist is told apart before anything else is looked at.
void check_command(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = command_names(app);
  if (word.starts_with('-') || std::ranges::find(names, word) != names.end()) return;
  const std::string near = nearest(word, names);
  throw Stop(kUsage,
             near.empty()
                 ? fmt::format("there is no command {}; updraft --help lists them", word)
                 : fmt::format("there is no command {}; did you mean updraft {}?", word, near));
}

// A command takes over what stands below its parent's help, so this comes after all commands.
void add_footers(CLI::App& app) {
  app.footer(fmt::format("updraft help COMMAND tells more of one.\n{}{}", kStatusLine, kStart));
  for (CLI::App* const group : app.get_subcommands({})) {
    if (group->get_subcommands({}).empty()) continue;
    group->footer(fmt::format("updraft help {} COMMAND tells more of one.\n{}", group->get_name(),
                              kStatusLine));
  }
}

// Help and version go to standard output, and are no error.
int usage(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const std::string text = explain_usage(app, error);
  const std::size_t end = text.find('\n');
  Output::failed(json, kUsage, "usage", text.substr(0, end));
  if (end != text.npos) Output::add(text.substr(end + 1));
  return kUsage;
}

// What a command throws is said once for people, and once for programs.
int run(CLI::App& app, std::vector<std::string> words, const int& status) {
  const bool json = std::ranges::find(words, "--json") != words.end();
  const auto end = [json](Status how, std::string_view code, std::string_view text) {
    Output::failed(json, how, code, text);
    return how;
  };
  try {
    check_command(app, words.front());
    refuse_empty_values(words);
    std::ranges::reverse(words);  // as CLI11 wants them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return usage(app, error, json);
  } catch (const Stop& stop) {
    end(stop.status, stop.code, stop.what());
    fmt::print(stderr, "{}", stop.more);
    return stop.status;
  } catch (const host::Trouble& trouble) {
    return end(status_of(trouble), "local", trouble.what());
  } catch (const device::Unusable& error) {
    return end(kRefused, "unusable", error.what());
  } catch (const std::exception& error) {
    return end(kFailed, "local", error.what());
  }
  return status;
}

}  // namespace

int run_program(int argc, char** argv, AllDoors doors) {
  program_arguments() = argv;
  CLI::App app{"Updraft: over-the-air firmware updates for ESP32-class devices.", "updraft"};
  app.formatter(std::make_shared<Help>());
  app.set_version_flag("--version", UPDRAFT_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this");
  app.require_subcommand(1);

  int status = kOk;
  add_device(app, status, std::move(doors.device));
  add_push(app, status, std::move(doors.push));
  add_confirm(app, status, std::move(doors.confirm));
  add_rollback(app, status, std::move(doors.rollback));
  add_restart(app, status, std::move(doors.restart));
  add_espota(app, status);
  add_serve(app, status, std::move(doors.serve));
  add_find(app, status);
  add_pair(app);
  add_inspect(app, status);
  add_flash(app, status);
  add_image(app, status);
  add_encrypt(app, status);
  add_decrypt(app, status);
  add_delta(app, status);
  add_key(app);
  add_keyset(app, status);
  add_sign(app);
  add_suit(app, status);
  add_completion(app);
  add_man(app);
  add_footers(app);

  std::vector<std::string> words = plain_words(argc, argv);
  if (words.empty()) {
    fmt::print("{}", kFirst);
    return kUsage;
  }
  return run(app, std::move(words), status);
}

}  // namespace updraft::cli
