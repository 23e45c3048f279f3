#include "cli/words/cipher_options.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "cli/words/files.hpp"
#include "cli/words/shared_option.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kKeyVariable = "UPDRAFT_AES_KEY";

// A key that is meant to be there and is empty would leave the link open.
std::string not_empty(std::string key, std::string_view where) {
  if (key.empty()) throw Stop(kUsage, fmt::format("the AES key in {} is empty", where));
  return key;
}

// Empty: there is none.
std::string read_key(const std::string& option) {
  if (option.empty()) {
    const char* variable = std::getenv(kKeyVariable);
    return variable == nullptr ? "" : not_empty(variable, kKeyVariable);
  }
  if (!option.starts_with('@')) {
    Output::warn(fmt::format(
        "others can read --aes-key in the list of processes; {} or --aes-key @FILE hide it",
        kKeyVariable));
    return option;
  }
  const std::vector<std::byte> bytes = read_file(option.substr(1), kMostSecretFile);
  const std::string text(as_text(bytes));
  return not_empty(text.substr(0, text.find_first_of("\r\n")), option.substr(1));
}

std::string why_not(crypto::AesMode mode, const Error& error) {
  const std::string got = fmt::format("it has {}", error.found);
  if (error.expected == 0) return "--aes-iv: ECB has no IV; leave it out, or use --aes-mode cbc";
  if (error.expected == link::kLinkIvBytes) {
    return "--aes-iv: want 16 characters or 32 hex digits; " + got;
  }
  return mode == crypto::AesMode::ecb
             ? "--aes-key: want 1 to 32 characters or 64 hex digits; " + got
             : "--aes-key: want 32 characters or 64 hex digits; " + got;
}

CLI::Option* describe_key(CLI::Option* option) {
  return option->type_name("KEY")->description(
      "AES key: 32 characters (ECB: up to 32) or 64 hex digits; @FILE reads it from a file; "
      "default: $UPDRAFT_AES_KEY");
}

CLI::Option* describe_mode(CLI::Option* option) {
  return option->check(CLI::IsMember({"ecb", "cbc"}))
      ->description("ecb or cbc; default: cbc if there is an IV");
}

CLI::Option* describe_iv(CLI::Option* option) {
  return option->type_name("IV")->description("IV for cbc: 16 characters or 32 hex digits");
}

}  // namespace

void add_cipher_options(CLI::App& command, CipherOptions& options) {
  describe_key(command.add_option("--aes-key", options.key));
  describe_mode(command.add_option("--aes-mode", options.mode));
  describe_iv(command.add_option("--aes-iv", options.iv));
}

void SharedCipher::add_options(CLI::App& command, const std::string& who) {
  const auto shared = [&](const char* name, CLI::Option* (*describe)(CLI::Option*)) {
    return share(command, name, who, [&] { return describe(command.add_option(name)); });
  };
  key_ = shared("--aes-key", describe_key);
  mode_ = shared("--aes-mode", describe_mode);
  iv_ = shared("--aes-iv", describe_iv);
}

std::optional<link::LinkCipher> SharedCipher::read() const {
  const auto last = [](const CLI::Option& option) {
    return option.count() == 0 ? std::string() : option.results().back();
  };
  return read_cipher({.key = last(*key_), .mode = last(*mode_), .iv = last(*iv_)});
}

std::optional<link::LinkCipher> read_cipher(const CipherOptions& options) {
  const std::string key = read_key(options.key);
  if (key.empty()) {
    if (options.mode.empty() && options.iv.empty()) return std::nullopt;
    throw Stop(kUsage, "--aes-mode and --aes-iv need a key: --aes-key");
  }
  const bool cbc = options.mode.empty() ? !options.iv.empty() : options.mode == "cbc";
  const auto mode = cbc ? crypto::AesMode::cbc : crypto::AesMode::ecb;
  const Result<link::LinkCipher> cipher = link::link_cipher(mode, key, options.iv);
  if (!cipher) throw Stop(kUsage, why_not(mode, cipher.error()));
  if (cipher->key_cut) Output::warn("only the first 32 characters of the key count with ECB");
  return *cipher;
}

}  // namespace updraft::cli
