// TLS of the native push, as a server: version 1.3, the key of a pairing, and nothing to negotiate
// (spec/protocols/native.md section 1). A seam: native_tls.cpp has it by Mbed TLS.
#pragma once
#include "updraft/link.hpp"

#include "esp_err.h"
#include "ports/esp_idf/owned.hpp"
#include "protocols/native/native_pairing.hpp"

namespace updraft::esp_idf {

class NativeTls {
 public:
  // For who has that key. Errors: ESP_ERR_NO_MEM; ESP_FAIL (it cannot be set up so).
  static esp_err_t make(const link::Pairing& pairing, Owned<NativeTls>& tls);

  virtual ~NativeTls() = default;
  // Around `inner`, which outlives it, until close(): one connection at a time. The link is
  // greeted() once the peer has shown that it has the key; its error busy: there was no memory.
  virtual link::Link& open(link::Link& inner) = 0;
  virtual void close() = 0;
};

}  // namespace updraft::esp_idf
