// From ESP-IDF's error codes to ours.
#pragma once
#include "updraft/result.hpp"

#include "esp_err.h"

namespace updraft::esp_idf {

// `found` of the error is the esp_err_t, so that a log can name it.
inline Result<> result_of(esp_err_t err, Where where, Code code = Code::flash) {
  if (err == ESP_OK) return {};
  return fail(code, where, static_cast<std::uint32_t>(err));
}

}  // namespace updraft::esp_idf
