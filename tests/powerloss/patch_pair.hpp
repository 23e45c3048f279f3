// Two images that a patch lies between.
#pragma once
#include <random>

#include "sim/demo_image.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {

// 1.0.0 and what came after it: `run` of every `every` bytes are new.
struct Pair {
  Pair(std::size_t size, std::size_t every, std::size_t run)
      : first(make_image("1.0.0", size)), next(make_image("2.0.0", size)) {
    std::mt19937 random(1);
    for (std::size_t at = 1024; at + run + 64 < size; at += every) {
      for (std::size_t i = 0; i < run; ++i) next[at + i] = static_cast<std::byte>(random() & 255u);
    }
    sim::reseal_image(next);
  }
  Image first, next;
};

}  // namespace updraft::powerloss
