#include "tests/rv32/machine.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace updraft::rv32 {
namespace {

constexpr std::byte kPaint{0xA5};
constexpr std::size_t kGuard = 4096;  // below the stack: shows an overflow instead of causing one

alignas(16) std::array<std::byte, kGuard + kLargeTaskStack> task_stack;
alignas(16) std::array<std::byte, 8192> peer_stack;
std::size_t allocated = 0;

// Calls `work` with `with` and the stack pointer at `top`, and comes back to the old one.
__attribute__((naked, noinline)) void call_on_stack(void*, std::byte*, void (*)(void*)) {
  asm volatile(
      "addi sp, sp, -16\n"
      "sw ra, 12(sp)\n"
      "sw s0, 8(sp)\n"
      "mv s0, sp\n"
      "mv sp, a1\n"
      "jalr a2\n"
      "mv sp, s0\n"
      "lw s0, 8(sp)\n"
      "lw ra, 12(sp)\n"
      "addi sp, sp, 16\n"
      "ret\n");
}

}  // namespace

std::uint64_t instructions() {
  std::uint32_t high, low, again;
  do {
    asm volatile("rdinstreth %0\nrdinstret %1\nrdinstreth %2" : "=r"(high), "=r"(low), "=r"(again));
  } while (high != again);
  return std::uint64_t{high} << 32 | low;
}

std::size_t allocations() { return allocated; }

std::size_t run_on_task_stack(void (*work)(), std::size_t most) {
  task_stack.fill(kPaint);
  call_on_stack(&work, task_stack.data() + task_stack.size(),
                [](void* it) { (*static_cast<void (**)()>(it))(); });
  std::size_t clean = 0;
  while (clean < task_stack.size() && task_stack[clean] == kPaint) ++clean;
  const std::size_t used = task_stack.size() - clean;
  if (used > most) {
    std::printf("the stack is too small: %zu bytes used of %zu\n", used, most);
    std::exit(1);
  }
  return used;
}

void run_on_peer_stack(void (*work)(void*), void* with) {
  call_on_stack(with, peer_stack.data() + peer_stack.size(), work);
}

}  // namespace updraft::rv32

// The models of bootloader and OTA calls use the heap as on a desk; the library must not.
void* operator new(std::size_t size) {
  ++updraft::rv32::allocated;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

// What libstdc++ keeps in its compiled part, as far as header-only code asks for it.
namespace std {
void __throw_length_error(const char*) { abort(); }
void __throw_logic_error(const char*) { abort(); }
void __throw_out_of_range_fmt(const char*, ...) { abort(); }
void __throw_bad_alloc() { abort(); }
void __throw_bad_array_new_length() { abort(); }
void __throw_bad_function_call() { abort(); }
}  // namespace std
