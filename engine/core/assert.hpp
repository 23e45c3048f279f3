// A precondition that its caller has to keep. Checked in the program for the desk and in debug,
// test and fuzzer builds (UPDRAFT_ASSERTS); on a chip the condition is not even evaluated.
//
// Only for mistakes in the code that calls. What a peer, the flash or the power can cause is an
// Error.
#pragma once

#ifdef UPDRAFT_ASSERTS
namespace updraft {
// Says which one on stderr and ends the program.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}  // namespace updraft
#define UPDRAFT_ASSERT(condition) \
  ((condition) ? void() : ::updraft::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define UPDRAFT_ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#endif
