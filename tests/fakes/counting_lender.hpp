// A lender with so many bytes, which knows what is lent.
#pragma once
#include <cstdlib>
#include <map>

#include "engine/core/lender.hpp"

namespace updraft::fakes {

class CountingLender final : public Lender {
 public:
  ~CountingLender() {
    for (const auto& [memory, bytes] : lent_) std::free(memory);
  }
  std::byte* lend(std::size_t bytes) override {
    if (bytes > largest()) return nullptr;
    auto* const memory = static_cast<std::byte*>(std::malloc(bytes));
    lent_[memory] = bytes;
    most = std::max(most, out());
    return memory;
  }
  void take_back(std::byte* memory) override {
    if (lent_.erase(memory) == 0) std::abort();  // it was never lent, or came back before
    std::free(memory);
  }
  std::size_t largest() const override { return room - out(); }
  std::size_t out() const {
    std::size_t sum = 0;
    for (const auto& [memory, bytes] : lent_) sum += bytes;
    return sum;
  }

  std::size_t room = 1 << 20;
  std::size_t most = 0;  // bytes that were out at a time

 private:
  std::map<std::byte*, std::size_t> lent_;
};

}  // namespace updraft::fakes
