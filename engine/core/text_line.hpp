// Text put together in a buffer: it has room for all of it, or counts as too small.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft {

class TextLine {
 public:
  explicit TextLine(MutableBytes out) : out_(out) {}
  void add(std::string_view text) {
    full_ = full_ || text.size() > out_.size() - size_;
    if (full_) return;
    std::ranges::copy(as_bytes(text), out_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
  }
  void add(std::uint32_t number) {
    char digits[10];
    add(std::string_view(digits, std::to_chars(digits, digits + sizeof digits, number).ptr));
  }
  std::size_t size() const { return full_ ? 0 : size_; }  // 0: it was too small

 private:
  MutableBytes out_;
  std::size_t size_ = 0;
  bool full_ = false;
};

}  // namespace updraft
