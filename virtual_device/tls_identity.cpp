#include "virtual_device/tls_identity.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "ports/linux/replace_file.hpp"

namespace updraft::device {
namespace {

constexpr std::size_t kMaxPemBytes = 65'536;

std::filesystem::path own_file(const std::filesystem::path& state) { return state / "https.pem"; }

std::string read_pem(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
  std::string text(kMaxPemBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

linux_port::TlsIdentity tls_identity(const TlsFiles& files, const Options& options) {
  if (!files.certificate.empty()) return {read_pem(files.certificate), read_pem(files.key)};
  const std::filesystem::path file = own_file(options.state);
  if (!std::filesystem::exists(file)) {
    std::vector<std::string> names = {"localhost", "127.0.0.1"};
    if (options.listen != "0.0.0.0" && options.listen != "::" && options.listen != names[1]) {
      names.push_back(options.listen);
    }
    names.insert(names.end(), files.names.begin(), files.names.end());
    const linux_port::TlsIdentity made = linux_port::make_self_signed(names);
    linux_port::replace_file(file, as_bytes(made.certificate + made.key), linux_port::kPrivateMode);
  }
  std::error_code not_ours;  // it may have been copied with another mode
  std::filesystem::permissions(file, std::filesystem::perms(linux_port::kPrivateMode), not_ours);
  const std::string both = read_pem(file);
  return {both, both};
}

std::optional<crypto::Sha256Digest> own_fingerprint(const std::filesystem::path& state) {
  const std::filesystem::path file = own_file(state);
  if (!std::filesystem::exists(file)) return std::nullopt;
  return linux_port::fingerprint(read_pem(file));
}

}  // namespace updraft::device
