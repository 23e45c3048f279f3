#include "cli/words/noise_key_option.hpp"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"

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

// 43 digits and one "=".
std::optional<crypto::Secret<32>> from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() != 44 || text.back() != '=') return std::nullopt;
  text.remove_suffix(1);
  std::array<std::byte, 32> bytes;
  std::size_t size = 0;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    const std::size_t value = kDigits.find(c);
    if (value == kDigits.npos) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFu;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[size++] = static_cast<std::byte>(bits >> held & 0xFFu);
  }
  const crypto::Secret<32> made{Bytes(bytes)};
  crypto::wipe(bytes);
  return made;
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
  auto made = from_base64(text);
  if (!made) throw Stop(kUsage, "--esphome-key: want 32 bytes in base64, 44 characters");
  return made;
}

}  // namespace updraft::cli
