// The update page, the status document and WebSocket updates on a virtual device: HTTP and HTTPS
// listeners with the routes that every port serves (docs/ws.md).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/words/password.hpp"
#include "virtual_device/door.hpp"
#include "virtual_device/http_server.hpp"

namespace updraft::device {

class HttpDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kWs; }
  std::vector<std::string> openers() const override { return {"--http", "--https"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  std::string why_unused(const std::string& option) const override;
  bool asked_for() const override { return http_ || https_; }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

  // For protocols that live on the same ports: their doors open after this one.
  bool opens(bool tls) const { return (tls ? https_ : http_).has_value(); }
  struct Ports {
    HttpServer& server;
    const std::optional<crypto::Sha256Digest>& fingerprint;  // of the certificate, of https
  };
  Ports ports() const { return *ports_; }  // once it is open
  // What lets a sender in by `scheme`: who knows the password, where there is one.
  Trust policy(Scheme scheme, const DoorContext& context) const;

 private:
  std::optional<std::uint16_t> http_, https_;  // 0: any free port
  std::filesystem::path certificate_, key_;    // of https; empty: the device's own
  std::vector<std::string> names_;             // besides its addresses; some with a port
  std::string base_;                           // the path that a proxy puts before ours
  bool login_ = false;                         // peers have to know the password
  cli::SharedPassword password_;
  std::string secret_;  // empty: no login
  std::optional<Ports> ports_;
};

}  // namespace updraft::device
