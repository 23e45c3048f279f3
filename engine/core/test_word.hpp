// What became of something, as tests compare it.
#pragma once
#include <string>

#include "updraft/result.hpp"

namespace updraft {

// "ok", or the code of what went wrong.
template <class T>
std::string word(const Result<T>& result) {
  return result ? "ok" : std::string(name(result.error().code));
}

}  // namespace updraft
