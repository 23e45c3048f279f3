// From the library's names and sentences to C strings.
#pragma once
#include <string_view>

namespace updraft::esp_idf {

// `text` is the whole of a string literal, as every name() and sentence() returns: a NUL follows.
inline const char* literal(std::string_view text) { return text.data(); }

}  // namespace updraft::esp_idf
