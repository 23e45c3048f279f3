// `updraft serve --http` and `--https`: a folder, or one file, as a web server gives it out.
#pragma once
#include <string>

#include "cli/serve/serve_door.hpp"
#include "host/serve/web_serve.hpp"

namespace updraft::cli {

class WebServeDoor final : public ServeDoor {
 public:
  explicit WebServeDoor(const Protocol& scheme) : serve_(scheme) {}  // kHttp or kHttps
  host::ServeMethod& method() override { return serve_; }
  std::string title() const override;
  bool takes_folder() const override { return true; }
  void add_options(CLI::App& command) override;
  void open(const std::string& path, const std::string& address) override;
  std::string offers(std::uint64_t file_bytes) const override;
  std::optional<crypto::Sha256Digest> fingerprint() const override { return fingerprint_; }
  std::string certificate() const override { return shown_; }

 private:
  bool is_tls() const { return serve_.protocol().words.front().tls; }

  host::WebServe serve_;
  std::string path_;
  std::string certificate_, key_;  // given
  std::optional<crypto::Sha256Digest> fingerprint_;
  std::string shown_;
};

}  // namespace updraft::cli
