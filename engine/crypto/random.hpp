// Random bytes that nobody can predict: the operating system's generator on Linux, the hardware's
// on the chip (security.md section 5).
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::crypto {

void random_bytes(MutableBytes out);

// Where an object takes its randomness from; only tests give another one.
using RandomSource = void (*)(MutableBytes out);

}  // namespace updraft::crypto
