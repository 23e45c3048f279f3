// Text written into a fixed buffer: answers and pages of devices, which have no heap. What does not
// fit is cut off, and full() says so.
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft::link {

class HttpText {
 public:
  explicit HttpText(std::span<char> room) : room_(room) {}
  HttpText& add(std::string_view text) {
    full_ = full_ || text.size() > room_.size() - size_;
    size_ += text.copy(room_.data() + size_, room_.size() - size_);
    return *this;
  }
  HttpText& add(std::uint64_t number, int base = 10) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    return add({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  // As the text of an element: markup is shown as it is.
  HttpText& escaped(std::string_view text) {
    for (const char c : text) {
      const bool plain = c >= ' ' && c < 0x7f && c != '<' && c != '>' && c != '&';
      if (plain) add({&c, 1});
      if (!plain) add("&#").add(static_cast<unsigned char>(c)).add(";");
    }
    return *this;
  }
  std::string_view view() const { return {room_.data(), size_}; }
  bool full() const { return full_; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool full_ = false;
};

}  // namespace updraft::link
