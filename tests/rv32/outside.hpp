// What passes between tools/footprint and its programs. Into the machine's RAM, far from a
// program's own memory, it puts files, with their sizes before them; of what a program says it
// takes lines "number NAME VALUE".
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "updraft/bytes.hpp"

namespace updraft::rv32 {

inline constexpr std::uintptr_t kSizes = 0x8080'0000, kFiles = 0x8100'0000, kFileRoom = 0x80'0000;

inline Bytes input(std::size_t i) {
  const auto* sizes = reinterpret_cast<const std::uint32_t*>(kSizes);
  return {reinterpret_cast<const std::byte*>(kFiles + i * kFileRoom), sizes[i]};
}

inline void number(const char* name, std::uint64_t value) {
  std::printf("number %s %llu\n", name, static_cast<unsigned long long>(value));
}

inline void check(bool holds, const char* what, int line = __builtin_LINE()) {
  if (holds) return;
  std::printf("line %d: not so: %s\n", line, what);
  std::exit(1);
}
#define CHECK(what) ::updraft::rv32::check((what), #what)

}  // namespace updraft::rv32
