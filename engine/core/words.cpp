#include "engine/core/words.hpp"

#include <algorithm>

namespace updraft {

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower_case, lower_case);
}

}  // namespace updraft
