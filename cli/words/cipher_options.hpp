// The options of the encryption of raw TCP and of other bare streams, the same for device, push
// and serve.
#pragma once
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "protocols/link/link_cipher.hpp"

namespace updraft::cli {

struct CipherOptions {
  std::string key;   // empty: UPDRAFT_AES_KEY, else no encryption; @FILE: the file's first line
  std::string mode;  // empty: cbc if an IV is given, else ecb
  std::string iv;
};

void add_cipher_options(CLI::App& command, CipherOptions& options);

// The same options of a command whose protocols share them: each adds itself.
class SharedCipher {
 public:
  // `who`: "raw". The options are there already if another protocol has added them.
  void add_options(CLI::App& command, const std::string& who);
  // Once the command line is read; as read_cipher().
  std::optional<link::LinkCipher> read() const;

 private:
  const CLI::Option *key_ = nullptr, *mode_ = nullptr, *iv_ = nullptr;
};

// nullopt: no encryption was asked for. Throws Stop(kUsage) for a key or IV that does not fit.
std::optional<link::LinkCipher> read_cipher(const CipherOptions& options);

}  // namespace updraft::cli
