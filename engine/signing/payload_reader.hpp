// The integrated payloads of a package as they stream by: a name and how many bytes follow, one
// after the other (spec/suit.md section 1).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft {

class PayloadReader {
 public:
  // Longer names than this are none of ours.
  static constexpr std::size_t kMostName = 23;

  void reset(std::uint64_t payloads);
  bool more() const { return left_ != 0; }  // there is another payload
  // Takes bytes of `in` up to the content of the next payload; false: all of them, and it goes on.
  // malformed: no name and bytes, or not in the order of names.
  Result<bool> next(Bytes& in);
  std::string_view name() const { return {name_.data(), name_size_}; }
  std::uint64_t size() const { return size_; }  // of the content

 private:
  Result<bool> read_head();

  std::uint64_t left_ = 0;
  std::uint64_t size_ = 0;
  std::array<std::byte, kMostName + 1 + suit::kMostHeadBytes> head_{};
  std::size_t filled_ = 0;
  std::array<char, kMostName> name_{};
  std::size_t name_size_ = 0;  // 0: there was none before
};

}  // namespace updraft
