#include "cli/signing/ask_settings.hpp"

#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/words/stop.hpp"
#include "cli/words/terminal.hpp"
#include "host/signing/product.hpp"

namespace updraft::cli {
namespace {

namespace fs = std::filesystem;

// `usual`: what an empty line means; empty: there is nothing usual.
std::string answer_to(const std::string& question, const std::string& usual = "") {
  Output::ask(usual.empty() ? question + ":" : fmt::format("{} [{}]:", question, usual));
  std::string answer;
  if (!std::getline(std::cin, answer)) Output::add("");
  if (answer.empty()) answer = usual;
  if (answer.empty()) throw Stop(kUsage, "no answer: nothing was signed or written");
  return answer;
}

// The current folder, if the image is in it or below; else that of the image.
fs::path project_of(const std::string& image) {
  std::error_code none;
  const fs::path here = fs::current_path(none);
  const fs::path folder = fs::absolute(image, none).lexically_normal().parent_path();
  const fs::path below = folder.lexically_relative(here);
  return !below.empty() && *below.begin() != ".." ? here : folder;
}

std::string key_from(const fs::path& folder, const std::string& named) {
  const std::string key =
      named.empty() ? answer_to("Private release key, a file", "release.pem") : named;
  std::error_code none;
  if (!fs::is_regular_file(key, none)) {
    throw Stop(kUsage, fmt::format("there is no key {}; updraft key gen {} makes one. Nothing was "
                                   "written",
                                   key, key));
  }
  return fs::absolute(key, none).lexically_normal().lexically_relative(folder).string();
}

}  // namespace

std::optional<host::ProjectSettings> ask_settings(const std::string& image,
                                                  const std::string& key) {
  if (image == "-" || !on_terminal(STDIN_FILENO) || !on_terminal(STDERR_FILENO))
    return std::nullopt;
  const fs::path folder = project_of(image);
  host::ProjectSettings settings{.file = folder / host::kSettingsName};
  Output::add(fmt::format(
      "Nothing says yet who the packages of this project are for. Asked once, it is written to {}.",
      settings.file.string()));
  settings.vendor = answer_to("Your domain, like example.com");
  (void)host::read_vendor(settings.vendor);
  settings.product = answer_to("Name of the product, like lamp");
  settings.hardware = answer_to("Revision of its hardware", "1");
  (void)host::read_product(settings.product_on("chip"));
  settings.keys = {key_from(folder, key)};
  host::write_settings(settings);
  return host::read_settings(settings.file);
}

}  // namespace updraft::cli
