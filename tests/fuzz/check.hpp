// A fuzzer's check beyond "does not crash": prints which one failed, then stops.
#pragma once
#include <cstdio>
#include <cstdlib>

#include "updraft/bytes.hpp"

namespace updraft::fuzz {

inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

inline Bytes input(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span{data, size});
}

}  // namespace updraft::fuzz
