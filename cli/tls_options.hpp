// The options of TLS, and what to tell a person about a device's HTTP port, for push, confirm and
// rollback.
#pragma once
#include <string>

#include <CLI/App.hpp>

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"
#include "host/push/tls_trust.hpp"

namespace updraft::cli {

struct TlsOptions {
  std::string fingerprint;
  bool insecure = false;
};
void add_tls_options(CLI::App& command, TlsOptions& options);

// The same options of a command whose protocols share them: each adds itself.
class SharedTls {
 public:
  // `word`: "https". The options are there already if another protocol has added them.
  void add_options(CLI::App& command, const std::string& word);
  TlsOptions given() const;  // once the command line is read

 private:
  const CLI::Option *fingerprint_ = nullptr, *insecure_ = nullptr;
};

// Throws Stop(kUsage) if the options make no sense with that URL.
host::TlsTrust read_trust(const TlsOptions& options, const host::Url& url);

// What to tell a person about an error on the way to that device.
std::string explain_http(const Error& error, const host::Ended& ended, const host::PushTo& to);

}  // namespace updraft::cli
