#include "ports/esp_idf/native_tls.hpp"

#include <iterator>
#include <optional>

#include "mbedtls/ssl.h"
#include "mbedtls/ssl_ciphersuites.h"
#include "ports/esp_idf/tls_link.hpp"
#include "psa/crypto.h"

#if !defined(MBEDTLS_SSL_PROTO_TLS1_3) || \
    !defined(MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED)
#error "CONFIG_UPDRAFT_NATIVE needs MBEDTLS_SSL_PROTO_TLS1_3 and its PSK ephemeral key exchange"
#endif

namespace updraft::esp_idf {
namespace {

// Mbed TLS keeps the pointers.
constexpr int kSuites[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, 0};
constexpr std::uint16_t kGroups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                     MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                     MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

class MbedNativeTls final : public NativeTls {
 public:
  MbedNativeTls() { mbedtls_ssl_config_init(&config_); }
  ~MbedNativeTls() override {
    link_.reset();
    mbedtls_ssl_config_free(&config_);
  }
  MbedNativeTls(const MbedNativeTls&) = delete;
  MbedNativeTls& operator=(const MbedNativeTls&) = delete;

  esp_err_t set_up(const link::Pairing& pairing);
  link::Link& open(link::Link& inner) override { return link_.emplace(config_, nullptr, inner); }
  void close() override { link_.reset(); }

 private:
  mbedtls_ssl_config config_{};
  std::optional<TlsLink> link_;
};

esp_err_t MbedNativeTls::set_up(const link::Pairing& pairing) {
  if (set_up_tls(config_, MBEDTLS_SSL_IS_SERVER) != ESP_OK) return ESP_ERR_NO_MEM;
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);  // the key is all the proof
  mbedtls_ssl_conf_min_tls_version(&config_, MBEDTLS_SSL_VERSION_TLS1_3);
  mbedtls_ssl_conf_max_tls_version(&config_, MBEDTLS_SSL_VERSION_TLS1_3);
  mbedtls_ssl_conf_tls13_key_exchange_modes(&config_,
                                            MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL);
  mbedtls_ssl_conf_ciphersuites(&config_, std::data(kSuites));
  mbedtls_ssl_conf_groups(&config_, std::data(kGroups));
  std::array<char, link::kIdentityBytes> room;
  const Bytes identity = as_bytes(link::native_identity(pairing.id.view(), room));
  const crypto::Secret<32> secret = link::native_key(pairing);
  const Bytes key = secret.reveal();
  const int set = mbedtls_ssl_conf_psk(
      &config_, reinterpret_cast<const unsigned char*>(key.data()), key.size(),
      reinterpret_cast<const unsigned char*>(identity.data()), identity.size());
  return set == 0 ? ESP_OK : ESP_ERR_NO_MEM;
}

}  // namespace

esp_err_t NativeTls::make(const link::Pairing& pairing, Owned<NativeTls>& tls) {
  auto made = make_owned<MbedNativeTls>();
  if (!made) return ESP_ERR_NO_MEM;
  const esp_err_t err = made->set_up(pairing);
  if (err == ESP_OK) tls = Owned<NativeTls>(made.release());
  return err;
}

}  // namespace updraft::esp_idf
