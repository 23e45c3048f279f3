// What ends the program on the chip.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace updraft::sim {

[[noreturn]] inline void chip_aborts(const char* why) {
  (void)std::fprintf(stderr, "the chip's program aborts: %s\n", why);
  std::abort();
}

}  // namespace updraft::sim
