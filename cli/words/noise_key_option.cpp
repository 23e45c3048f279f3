#include "cli/words/noise_key_option.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "protocols/esphome/noise_handshake.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kNoiseVariable = "UPDRAFT_ESPHOME_KEY";

std::string noise_text(const std::string& option) {
  if (option.empty()) {
    const char* const variable = std::getenv(kNoiseVariable);
    return variable == nullptr ? "" : variable;
  }
  if (!option.starts_with('@')) {
    Output::warn(fmt::format(
        "others can read --esphome-key in the list of processes; {} or --esphome-key @FILE hide it",
        kNoiseVariable));
    return option;
  }
  const std::vector<std::byte> bytes = read_file(option.substr(1), kMostSecretFile);
  const std::string text(as_text(bytes));
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace

void add_noise_key_option(CLI::App& command, std::string& key) {
  command
      .add_option("--esphome-key", key,
                  "key of ESPHome's Noise encryption, in base64; @FILE reads it from a file; "
                  "default: $UPDRAFT_ESPHOME_KEY")
      ->type_name("KEY");
}

std::optional<crypto::Secret<32>> read_noise_key(const std::string& option) {
  const std::string text = noise_text(option);
  if (text.empty() && option.empty()) return std::nullopt;
  auto made = link::read_noise_key(text);
  if (!made) throw Stop(kUsage, "--esphome-key: want 32 bytes in base64, 44 characters");
  return made;
}

}  // namespace updraft::cli
