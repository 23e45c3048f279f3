// A text with its ASCII letters in lower case.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "engine/core/words.hpp"

namespace updraft::host {

inline std::string lowered(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), lower_case);
  return made;
}

}  // namespace updraft::host
