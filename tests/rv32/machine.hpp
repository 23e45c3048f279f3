// What the proof measures on the emulated machine: instructions, stack and heap.
#pragma once
#include <cstddef>
#include <cstdint>

namespace updraft::rv32 {

std::uint64_t instructions();  // executed so far; repeatable with -icount

std::size_t allocations();  // calls of malloc or new so far

inline constexpr std::size_t kTaskStack = 4096;  // what an update task has (design: budgets)

// Runs `work` on a stack of kTaskStack bytes that was painted before, and returns how many of them
// it used. A work that needs more ends the program with a message.
std::size_t run_on_task_stack(void (*work)());

}  // namespace updraft::rv32
