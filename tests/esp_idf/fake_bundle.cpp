// ESP-IDF's bundle of authorities, of which a test's server is none.
#include "esp_crt_bundle.h"
#include "mbedtls/ssl.h"

esp_err_t esp_crt_bundle_attach(void* conf) {
  static mbedtls_x509_crt nobody;
  mbedtls_x509_crt_init(&nobody);
  mbedtls_ssl_conf_ca_chain(static_cast<mbedtls_ssl_config*>(conf), &nobody, nullptr);
  return ESP_OK;
}
