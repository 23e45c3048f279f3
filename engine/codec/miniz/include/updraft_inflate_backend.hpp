// The ROM's miniz as the inflate backend: its code takes no flash. The window, which follows the
// state, is its dictionary, and is also where the output appears.
#pragma once
#include <cstddef>

#if __has_include(<miniz.h>)
#include <miniz.h>
#else
#include <rom/miniz.h>
#endif

namespace updraft::codec {
struct InflateState {
  tinfl_decompressor decompressor;
  std::size_t end;   // of what was made; wraps at the window's size
  std::size_t left;  // of that, bytes that next() has not returned yet
  tinfl_status status;
};
}  // namespace updraft::codec
