// A queue of at most N values in a fixed place: what came first goes first.
#pragma once
#include <array>
#include <cstddef>

namespace updraft {

template <class T, std::size_t N>
class Ring {
 public:
  static_assert(N > 0);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }

  T& front() { return values_[first_]; }  // not of an empty ring
  const T& front() const { return values_[first_]; }
  T& back() { return values_[(first_ + size_ - 1) % N]; }
  // The place after the last value, to be filled in before push(); not of a full ring.
  T& next() { return values_[(first_ + size_) % N]; }
  void push() { ++size_; }
  void push(const T& value) {
    next() = value;
    push();
  }
  void pop() {  // not of an empty ring
    first_ = (first_ + 1) % N;
    --size_;
  }

 private:
  std::array<T, N> values_{};
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace updraft
