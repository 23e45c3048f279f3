// A virtual device that fetches from a web server, by https or http. Both doors have the same
// options, so they share what was given.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "virtual_device/door.hpp"
#include "virtual_device/web_puller.hpp"

namespace updraft::device {

struct WebPullOptions {
  std::string ca, fingerprint;
  bool system_ca = false;
  std::vector<std::string> headers;
  std::string bearer_file, user, password_file;
  bool server_proves = false;
  double every = 3600;  // seconds
  std::string time_zone;
  std::vector<std::string> attributes;  // "room=kitchen"
};

class WebPullDoor final : public Door {
 public:
  // `scheme`: kHttps, which has all of the options, or kHttp.
  WebPullDoor(const Protocol& scheme, std::shared_ptr<WebPullOptions> given)
      : scheme_(scheme), given_(std::move(given)) {}
  const Protocol& protocol() const override { return scheme_; }
  void add_options(CLI::App& command) override;
  void check() override;
  std::string why_unused(const std::string& option) const override;
  std::unique_ptr<Pulling> pull(const DoorContext& context) override;

 private:
  bool is_tls() const { return scheme_.words.front().tls; }
  void add_tls_options(CLI::App& command);
  void check_trust();
  void check_hello();

  const Protocol& scheme_;
  std::shared_ptr<WebPullOptions> given_;
  WebPullSettings settings_;
};

}  // namespace updraft::device
