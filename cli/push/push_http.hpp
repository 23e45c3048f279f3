// `updraft push FILE http[s]://HOST/ota`: what `curl --data-binary` does, with its answer in words.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/tls_options.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

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
  SharedTls tls_;
  SharedPassword password_;
};

// How a push by HTTP ended, for both kinds of reader: prints it, and returns the exit status.
// `base`: as of told().
int conclude_http(const PushJob& job, const host::Ended& ended, const Output& out,
                  const std::optional<std::string>& base);

}  // namespace updraft::cli
