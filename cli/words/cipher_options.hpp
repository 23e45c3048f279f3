// The options of raw TCP's encryption, the same for device, push and serve.
#pragma once
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "protocols/raw/raw_cipher.hpp"

namespace updraft::cli {

struct CipherOptions {
  std::string key;   // empty: UPDRAFT_AES_KEY, else no encryption; @FILE: the file's first line
  std::string mode;  // empty: cbc if an IV is given, else ecb
  std::string iv;
};

void add_cipher_options(CLI::App& command, CipherOptions& options);

// nullopt: no encryption was asked for. Throws Stop(kUsage) for a key or IV that does not fit.
std::optional<link::RawCipher> read_cipher(const CipherOptions& options);

}  // namespace updraft::cli
