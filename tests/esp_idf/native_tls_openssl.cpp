// The seam of ports/esp_idf/native_tls.hpp by OpenSSL: Debian's Mbed TLS has no TLS 1.3.
#include <optional>
#include <string>

#include "ports/esp_idf/native_tls.hpp"
#include "ports/linux/tls_link.hpp"

namespace updraft::esp_idf {
namespace {

linux_port::TlsKey key_of(const link::Pairing& pairing) {
  std::array<char, link::kIdentityBytes> room;
  return {std::string(link::native_identity(pairing.id.view(), room)), link::native_key(pairing)};
}

class OpensslNativeTls final : public NativeTls {
 public:
  explicit OpensslNativeTls(const link::Pairing& pairing)
      : context_(key_of(pairing), linux_port::TlsSide::server) {}
  link::Link& open(link::Link& inner) override { return link_.emplace(context_, inner); }
  void close() override { link_.reset(); }

 private:
  linux_port::TlsContext context_;
  std::optional<linux_port::TlsLink> link_;
};

}  // namespace

esp_err_t NativeTls::make(const link::Pairing& pairing, Owned<NativeTls>& tls) {
  auto made = make_owned<OpensslNativeTls>(pairing);
  if (!made) return ESP_ERR_NO_MEM;
  tls = Owned<NativeTls>(made.release());
  return ESP_OK;
}

}  // namespace updraft::esp_idf
