// The longest stretch that begins at a place of one text and stands anywhere in another.
#pragma once
#include <cstdint>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::diff {

class Matcher {
 public:
  explicit Matcher(Bytes text);  // outlives it
  struct Match {
    std::uint32_t at = 0, size = 0;
  };
  // The longest match; of several equally long ones, that nearest to `wish`.
  Match longest(Bytes pattern, std::int64_t wish) const;

 private:
  void index();
  void settle(Match& best, std::size_t place, Bytes pattern, std::int64_t wish) const;

  Bytes text_;
  std::vector<std::int32_t> suffixes_;
  std::vector<std::uint32_t> firsts_;  // by two bytes: the first suffix that begins with them
  std::size_t single_ = 0;             // of two bytes: the last byte of the text, and 0
};

// How far two texts are equal from their starts on.
std::uint32_t common_prefix(Bytes a, Bytes b);

}  // namespace updraft::diff
