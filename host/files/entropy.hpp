// Tells encrypted bytes from others: they look like noise everywhere.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::files {

// True where every sector of 4 KiB that is not erased looks like noise, and there is at least one.
// Compressed data looks so, too, but has a head that tells it.
bool is_noise(Bytes file);

}  // namespace updraft::files
