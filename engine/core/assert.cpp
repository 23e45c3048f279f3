#include "engine/core/assert.hpp"

#ifdef UPDRAFT_ASSERTS
#include <cstdio>
#include <cstdlib>

namespace updraft {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: a caller broke a rule: %s\n", file, line, condition);
  std::abort();
}

}  // namespace updraft
#endif
