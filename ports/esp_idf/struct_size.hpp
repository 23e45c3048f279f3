// The structs of the C API begin with their size, so that a library and an application of different
// releases find out at the first call. Fields are only ever added at the end.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "esp_err.h"
#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

// The default values into the caller's struct, which may be shorter or longer than ours.
template <class Struct>
void init_struct(Struct* out, std::size_t struct_size, Struct values) {
  static_assert(offsetof(Struct, struct_size) == 0);
  if (out == nullptr) return;
  values.struct_size = struct_size;
  std::memset(static_cast<void*>(out), 0, struct_size);
  std::memcpy(static_cast<void*>(out), &values, std::min(struct_size, sizeof values));
}

// `maker`: what the caller should have started from.
template <class Struct>
esp_err_t check_struct(const Struct& given, const char* maker) {
  if (given.struct_size == sizeof(Struct)) return ESP_OK;
  ESP_LOGE(kLogTag, "a struct of %u bytes, want %u: %s, and one release of header and library",
           static_cast<unsigned>(given.struct_size), static_cast<unsigned>(sizeof(Struct)), maker);
  return ESP_ERR_INVALID_VERSION;
}

}  // namespace updraft::esp_idf
