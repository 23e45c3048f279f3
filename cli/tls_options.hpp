// The options of TLS, and what to tell a person about a device's HTTP port, for push, confirm and
// rollback.
#pragma once
#include <string>

#include <CLI/App.hpp>

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"
#include "host/push/tls_trust.hpp"

namespace updraft::cli {

// --fingerprint and --insecure of a command whose protocols share them: each adds itself.
class SharedTls {
 public:
  // `word`: "wss". The options are there already if another protocol has added them.
  void add_options(CLI::App& command, const std::string& word);
  // Once the command line is read; of a protocol that has not added them: nobody is named. Throws
  // Stop(kUsage) if they make no sense with that URL.
  host::TlsTrust read(const host::Url& url) const;

 private:
  const CLI::Option *fingerprint_ = nullptr, *insecure_ = nullptr;
};

// What to tell a person about an error on the way to that device.
std::string explain_http(const Error& error, const host::Ended& ended, const host::PushTo& to);

}  // namespace updraft::cli
