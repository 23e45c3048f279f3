// `updraft push FILE http[s]://HOST/ota`: what `curl --data-binary` does, with its answer in words.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/tls_options.hpp"
#include "cli/words/password.hpp"
#include "host/push/http_method.hpp"

namespace updraft::cli {

// The options of a push by HTTP, whatever its routes are.
struct HttpPushOptions {
  SharedTls tls;
  SharedPassword password;
  CLI::Option *plain = nullptr, *no_wait = nullptr;

  // `--plain`, which is ws://'s: what is sent is the image; `--no-wait`; the password.
  void add(CLI::App& command, const std::string& word);
  bool chooses() const { return plain->count() == 0; }
};

class HttpPushDoor final : public PushDoor {
 public:
  // kHttp or kHttps.
  explicit HttpPushDoor(const Protocol& row) : row_(row) {}
  const Protocol& protocol() const override { return row_; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  int push(const PushJob& job) override;

 private:
  const Protocol& row_;
  HttpPushOptions options_;
};

// Reads the file, sends it so, with the certificates and the password that the options name, and
// prints how it ended, for both kinds of reader. Returns the exit status. `chooses`: what is least
// is sent, where the device has a status.
int push_by_http(const PushJob& job, host::HttpMethod& push, const HttpPushOptions& options,
                 bool chooses);

}  // namespace updraft::cli
