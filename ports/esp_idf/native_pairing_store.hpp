// The secret that a chip shares with whoever may update it by native push, in NVS: the blob
// "pairing" of the name space "updraft", 32 bytes, and one more once somebody has used it. A
// factory may write the 32 bytes; else the chip makes them at its first start.
#pragma once
#include <string_view>

#include "esp_err.h"
#include "nvs.h"
#include "protocols/native/native_pairing.hpp"

namespace updraft::esp_idf {

class NativePairingStore {
 public:
  // Errors: ESP_FAIL (NVS is full, or not there: a secret that is gone with the next start is
  // none).
  esp_err_t open(std::string_view id);

  const link::Pairing& pairing() const { return pairing_; }
  bool used() const { return used_; }  // then the line is shown no more
  // Errors: as open(); what held before holds then.
  esp_err_t use() { return used_ ? ESP_OK : save(pairing_.secret, true); }
  esp_err_t renew();  // a new secret, which nobody has used

 private:
  esp_err_t save(const link::PairingSecret& secret, bool used);

  nvs_handle_t notes_ = 0;
  link::Pairing pairing_;
  bool used_ = false;
};

}  // namespace updraft::esp_idf
