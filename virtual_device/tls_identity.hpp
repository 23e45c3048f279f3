// The certificate of a virtual device's https: given, or its own, made at the first start and kept
// as DIR/https.pem (mode 0600), certificate and key in one file.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/tls_link.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

struct TlsFiles {
  std::filesystem::path certificate, key;  // PEM; empty: the device's own
  std::vector<std::string> names;          // for one that is made, besides the address
};

// Throws std::runtime_error if a file cannot be read or written.
linux_port::TlsIdentity tls_identity(const TlsFiles& files, const Options& options);

// Of the device's own certificate; nullopt: it has none yet.
std::optional<crypto::Sha256Digest> own_fingerprint(const std::filesystem::path& state);

}  // namespace updraft::device
