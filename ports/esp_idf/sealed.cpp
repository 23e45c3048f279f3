#include "ports/esp_idf/sealed.hpp"

#include <array>

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"
#include "sdkconfig.h"

#ifdef CONFIG_SOC_HMAC_SUPPORTED
#include "esp_hmac.h"
#endif

namespace updraft::esp_idf {
namespace {

#ifdef CONFIG_SOC_HMAC_SUPPORTED
constexpr int kKeyBlocks = HMAC_KEY_MAX;

class EfuseHmac final : public crypto::HmacUnit {
 public:
  explicit EfuseHmac(int block) : block_(static_cast<hmac_key_id_t>(block)) {}
  bool mac(Bytes data, Bytes more, crypto::Secret<32>& out) override {
    std::array<std::byte, crypto::kHmacUnitBytes> message;
    std::array<std::byte, 32> made;
    std::copy(data.begin(), data.end(), message.begin());
    std::copy(more.begin(), more.end(), message.begin() + static_cast<std::ptrdiff_t>(data.size()));
    const esp_err_t err = esp_hmac_calculate(block_, message.data(), data.size() + more.size(),
                                             reinterpret_cast<std::uint8_t*>(made.data()));
    if (err == ESP_OK) out = crypto::Secret<32>{Bytes(made)};
    crypto::wipe(message);
    crypto::wipe(made);
    return err == ESP_OK;
  }

 private:
  hmac_key_id_t block_;
};

bool scalar_in(int block, crypto::Secret<32>& scalar) {
  EfuseHmac unit(block);
  return format::ecies_scalar(unit, scalar);
}
#else
constexpr int kKeyBlocks = 0;  // ESP32 has no HMAC unit
bool scalar_in(int, crypto::Secret<32>&) { return false; }
#endif

}  // namespace

esp_err_t Sealed::load(const updraft_config_t& config) {
  const Bytes rsa(reinterpret_cast<const std::byte*>(config.seal_rsa_key),
                  config.seal_rsa_key != nullptr ? config.seal_rsa_key_size : 0);
  if (!rsa.empty() && !keys_.add_rsa(rsa)) {
    ESP_LOGE(kLogTag, "seal_rsa_key is no RSA-3072 private key in DER");
    return ESP_ERR_INVALID_ARG;
  }
  if (config.seal_hmac_key < 0) return ESP_OK;
  if (config.seal_hmac_key >= kKeyBlocks) {
    ESP_LOGE(kLogTag, "seal_hmac_key: this chip has no such key block");
    return ESP_ERR_INVALID_ARG;
  }
  crypto::Secret<32> scalar;
  if (scalar_in(config.seal_hmac_key, scalar) && keys_.add_ecies(scalar)) return ESP_OK;
  ESP_LOGE(kLogTag, "seal_hmac_key: eFuse block %d holds no key for HMAC (upstream)",
           config.seal_hmac_key);
  return ESP_FAIL;
}

}  // namespace updraft::esp_idf
