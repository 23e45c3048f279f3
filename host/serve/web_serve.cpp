#include "host/serve/web_serve.hpp"

#include <array>
#include <fstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include "host/desk/user_folders.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kMostPem = 65'536;

std::filesystem::path settings_folder() {
  if (const auto folder = config_folder()) return *folder;
  throw std::runtime_error(
      "there is no folder for the certificate: HOME is not set; give --tls-cert and --tls-key");
}

// What this computer can be called by: a certificate names them all.
std::vector<std::string> own_names(const std::string& address) {
  std::vector<std::string> names = {"localhost"};
  std::array<char, 256> name{};
  const std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  if (gethostname(name.data(), name.size() - 1) == 0) {
    const std::string host(name.data());
    if (!host.empty() && host.find_first_not_of(letters) == host.npos) names.push_back(host);
  }
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) == 0) {
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
      if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
      std::array<char, INET_ADDRSTRLEN> text{};
      const auto* const in = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
      names.emplace_back(text.data());
    }
    freeifaddrs(all);
  }
  std::array<std::byte, sizeof(in6_addr)> binary{};
  const bool literal = inet_pton(AF_INET, address.c_str(), binary.data()) == 1 ||
                       inet_pton(AF_INET6, address.c_str(), binary.data()) == 1;
  if (literal && address != "0.0.0.0" && address != "::") names.push_back(address);
  return names;
}

std::string read_pem(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMostPem, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) throw std::runtime_error(file.string() + " cannot be read");
  return text;
}

}  // namespace

OwnCertificate own_certificate(const std::string& address) {
  const std::filesystem::path folder = settings_folder();
  const std::filesystem::path both = folder / "https.pem", shown = folder / "https-certificate.pem";
  if (!std::filesystem::exists(both)) {
    std::filesystem::create_directories(folder);
    const linux_port::TlsIdentity made = linux_port::make_self_signed(own_names(address));
    linux_port::replace_file(shown, as_bytes(made.certificate));
    linux_port::replace_file(both, as_bytes(made.certificate + made.key), linux_port::kPrivateMode);
  }
  const std::string pem = read_pem(both);
  return {.identity = {pem, pem}, .certificate = shown};
}

class WebServe::Client final : public Served {
 public:
  explicit Client(const WebServe& serve) : server_(*serve.folder_) {
    if (serve.tls_) tls_.emplace(*serve.tls_, server_);
  }
  link::Link& link() override { return tls_ ? static_cast<link::Link&>(*tls_) : server_; }
  std::uint64_t sent() override { return server_.sent(); }
  std::uint64_t total() override { return server_.total(); }

 private:
  linux_port::WebServerLink server_;
  std::optional<linux_port::TlsLink> tls_;
};

void WebServe::open(const std::filesystem::path& path, const linux_port::TlsIdentity* identity) {
  folder_.emplace(path);
  if (identity != nullptr) tls_.emplace(*identity);
}

std::unique_ptr<Served> WebServe::serve(link::Source&) { return std::make_unique<Client>(*this); }

}  // namespace updraft::host
