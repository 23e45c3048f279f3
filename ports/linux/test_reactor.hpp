// A reactor that runs until a condition is true, or a time limit is over.
#pragma once
#include <functional>

#include <gtest/gtest.h>

#include "ports/linux/reactor.hpp"

namespace updraft::linux_port {

class TestReactor : public Reactor {
 public:
  // Looks every few milliseconds; a condition that does not come true fails the test.
  void run_until(const std::function<bool()>& condition) {
    const Instant give_up = now() + Millis{20'000};
    while (!condition() && now() < give_up) {
      after(Millis{2}, [this] { stop(); });
      run();
    }
    EXPECT_TRUE(condition());
  }
};

}  // namespace updraft::linux_port
