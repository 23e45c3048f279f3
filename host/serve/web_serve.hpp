// Serving the files of a folder, or one file, as a web server does, with TLS or without.
#pragma once
#include <filesystem>
#include <optional>

#include "host/serve/serve_method.hpp"
#include "ports/linux/tls_link.hpp"
#include "ports/linux/web_server_link.hpp"

namespace updraft::host {

class WebServe final : public ServeMethod {
 public:
  explicit WebServe(const Protocol& scheme) : scheme_(scheme) {}  // kHttp or kHttps
  const Protocol& protocol() const override { return scheme_; }
  // Before the first serve(). `identity`: for https. Throws std::runtime_error if it cannot be
  // used.
  void open(const std::filesystem::path& path, const linux_port::TlsIdentity* identity);
  // What the source holds is not sent: the files are.
  std::unique_ptr<Served> serve(link::Source& source) override;

 private:
  class Client;
  const Protocol& scheme_;
  std::optional<linux_port::WebFolder> folder_;
  std::optional<linux_port::TlsContext> tls_;
};

// The certificate of this computer's web server: made at the first use, kept as https.pem (with its
// key, mode 0600) in the user's folder for settings, and beside it without the key, for --ca.
struct OwnCertificate {
  linux_port::TlsIdentity identity;
  std::filesystem::path certificate;  // without the key
};
// `address`: that it listens on, for the names in it. Throws std::runtime_error with a sentence.
OwnCertificate own_certificate(const std::string& address);

}  // namespace updraft::host
