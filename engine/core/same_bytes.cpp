#include "engine/core/same_bytes.hpp"

#include <cstring>

namespace updraft {

bool same_bytes(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace updraft
