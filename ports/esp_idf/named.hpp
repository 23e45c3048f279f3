// What is in the program. With menuconfig the product has chosen before anything is compiled. A
// sketch has no menuconfig: there a part is linked only if the sketch names it, because nothing
// else refers to its code (CONFIG_UPDRAFT_PARTS_BY_NAME).
//
// A part is a class with a static function make(), which gives an esp_err_t.
#pragma once
#include <utility>

#include "esp_err.h"
#include "sdkconfig.h"

namespace updraft::esp_idf {

#ifdef CONFIG_UPDRAFT_PARTS_BY_NAME
template <class Part>
inline decltype(&Part::make) named = nullptr;

template <class Part>
void name_part() {
  named<Part> = &Part::make;
}
template <class Part>
bool has_part() {
  return named<Part> != nullptr;
}
template <class Part, class... Arguments>
esp_err_t make_part(Arguments&&... arguments) {
  return has_part<Part>() ? named<Part>(std::forward<Arguments>(arguments)...)
                          : ESP_ERR_NOT_SUPPORTED;
}
#else
template <class Part>
constexpr bool has_part() {
  return true;
}
template <class Part, class... Arguments>
esp_err_t make_part(Arguments&&... arguments) {
  return Part::make(std::forward<Arguments>(arguments)...);
}
#endif

}  // namespace updraft::esp_idf
