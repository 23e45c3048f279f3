// The key of ESPHome's Noise encryption, the same for device and push: 32 bytes in base64, as its
// configuration has it.
#pragma once
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "engine/crypto/secret.hpp"

namespace updraft::cli {

// `key`: what was given; empty: UPDRAFT_ESPHOME_KEY, else no encryption; @FILE: the file's first
// line.
void add_noise_key_option(CLI::App& command, std::string& key);

// nullopt: no encryption was asked for. Throws Stop(kUsage) for what is no such key.
std::optional<crypto::Secret<32>> read_noise_key(const std::string& option);

}  // namespace updraft::cli
