#include "cli/serve/serve_web.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {

std::string WebServeDoor::title() const { return is_tls() ? "https" : "http"; }

void WebServeDoor::add_options(CLI::App& command) {
  if (!is_tls()) return;
  CLI::Option* const certificate =
      command
          .add_option("--tls-cert", certificate_,
                      "certificate of --https, chain after it; default: one of its own")
          ->type_name("PEM-FILE");
  CLI::Option* const key = command.add_option("--tls-key", key_, "its key")->type_name("PEM-FILE");
  certificate->needs(key);
  key->needs(certificate);
}

void WebServeDoor::open(const std::string& path, const std::string& address) {
  if (path == "-") throw Stop(kUsage, title() + " serves files by their names, not standard input");
  path_ = path;
  if (!is_tls()) return serve_.open(path, nullptr);
  const auto read = [](const std::string& file) {
    return std::string(as_text(read_file(file, kMostSecretFile)));
  };
  linux_port::TlsIdentity identity;
  if (!certificate_.empty()) {
    identity = {read(certificate_), read(key_)};
    shown_ = certificate_;
  } else {
    const host::OwnCertificate own = host::own_certificate(address);
    identity = own.identity;
    shown_ = own.certificate.string();
  }
  fingerprint_ = linux_port::fingerprint(identity.certificate);
  serve_.open(path, &identity);
}

std::string WebServeDoor::offers(std::uint64_t) const {
  return std::filesystem::is_directory(path_) ? "the files of " + path_
                                              : std::filesystem::path(path_).filename().string();
}

}  // namespace updraft::cli
