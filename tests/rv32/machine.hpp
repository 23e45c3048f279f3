// What the proof measures on the emulated machine: instructions, stack and heap.
#pragma once
#include <cstddef>
#include <cstdint>

namespace updraft::rv32 {

std::uint64_t instructions();  // executed so far; repeatable with -icount

std::size_t allocations();  // calls of malloc or new so far

inline constexpr std::size_t kTaskStack = 4096;  // what an update task has (design: budgets)
// What it has where TLS or signed packages come, by UPDRAFT_TASK_STACK of ports/esp_idf.
inline constexpr std::size_t kLargeTaskStack = 8192;

// Runs `work` on a stack that was painted before, and returns how many bytes of it it used. A work
// that needs more than `most` ends the program with a message.
std::size_t run_on_task_stack(void (*work)(), std::size_t most = kTaskStack);

// From there: runs `work` on another stack, and comes back. What it uses is not counted.
void run_on_peer_stack(void (*work)(void*), void* with);

}  // namespace updraft::rv32
