#include "host/delta/matcher.hpp"

#include <bit>
#include <stdexcept>

#include <divsufsort.h>

namespace updraft::diff {
namespace {

constexpr std::size_t kNeighbours = 64;  // looked at on either side of a match
constexpr std::size_t kPairs = 65'536;   // of bytes

// As suffixes are ordered: the first byte counts most.
std::size_t pair_at(Bytes text, std::size_t at) {
  return std::to_integer<std::size_t>(text[at]) << 8 | std::to_integer<std::size_t>(text[at + 1]);
}

std::int64_t distance(std::int64_t a, std::int64_t b) { return a < b ? b - a : a - b; }

}  // namespace

std::uint32_t common_prefix(Bytes a, Bytes b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t equal = 0;
  while (most - equal >= 4) {
    const std::uint32_t differ = load_le32(a, equal) ^ load_le32(b, equal);
    if (differ != 0) {
      return static_cast<std::uint32_t>(equal) +
             static_cast<std::uint32_t>(std::countr_zero(differ)) / 8;
    }
    equal += 4;
  }
  while (equal < most && a[equal] == b[equal]) ++equal;
  return static_cast<std::uint32_t>(equal);
}

Matcher::Matcher(Bytes text) : text_(text), suffixes_(text.size()), firsts_(kPairs + 1) {
  if (text.empty()) return;
  const auto* bytes = reinterpret_cast<const sauchar_t*>(text.data());
  if (divsufsort(bytes, suffixes_.data(), static_cast<saidx_t>(text.size())) != 0) {
    throw std::runtime_error("no memory for a suffix array");
  }
  index();
}

// The last suffix is a single byte, and stands before all others that begin with it: it is in no
// pair's place, but between two of them.
void Matcher::index() {
  for (std::size_t i = 0; i + 1 < text_.size(); ++i) ++firsts_[pair_at(text_, i) + 1];
  single_ = std::to_integer<std::size_t>(text_.back()) << 8;
  std::uint32_t suffixes = 0;
  for (std::size_t pair = 0; pair <= kPairs; ++pair) {
    suffixes += firsts_[pair] + (pair == single_ ? 1 : 0);
    firsts_[pair] = suffixes;
  }
}

Matcher::Match Matcher::longest(Bytes pattern, std::int64_t wish) const {
  Match best;
  std::size_t place = 0;
  std::size_t low = 0, high = suffixes_.size();  // where `pattern` would stand among the suffixes
  std::uint32_t low_prefix = 0, high_prefix = 0;
  if (pattern.size() >= 2) {
    const std::size_t pair = pair_at(pattern, 0);
    const std::size_t end = firsts_[pair + 1] - (pair + 1 == single_ ? 1 : 0);
    if (firsts_[pair] < end) {
      low = firsts_[pair];
      high = end;
      low_prefix = high_prefix = 2;
    }
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const auto at = static_cast<std::uint32_t>(suffixes_[middle]);
    std::uint32_t equal = std::min(low_prefix, high_prefix);
    equal += common_prefix(pattern.subspan(equal), text_.subspan(at + equal));
    if (equal > best.size) {
      best = {at, equal};
      place = middle;
    }
    if (equal == pattern.size()) break;
    const bool below = at + equal == text_.size() || text_[at + equal] < pattern[equal];
    if (below) {
      low = middle + 1;
      low_prefix = equal;
    } else {
      high = middle;
      high_prefix = equal;
    }
  }
  if (best.size > 0) settle(best, place, pattern, wish);
  return best;
}

// The neighbours of a longest match among the suffixes match as far, if any do.
void Matcher::settle(Match& best, std::size_t place, Bytes pattern, std::int64_t wish) const {
  const Bytes matched = pattern.first(best.size);
  const auto consider = [&](std::size_t i) {
    const auto at = static_cast<std::uint32_t>(suffixes_[i]);
    const Bytes there = text_.subspan(at);
    const bool alike =
        there.size() >= matched.size() && std::equal(matched.begin(), matched.end(), there.begin());
    if (alike && distance(at, wish) < distance(best.at, wish)) best.at = at;
    return alike;
  };
  const std::size_t before = std::min(place, kNeighbours);
  const std::size_t after = std::min(suffixes_.size() - 1 - place, kNeighbours);
  for (std::size_t i = 1; i <= before && consider(place - i);) ++i;
  for (std::size_t i = 1; i <= after && consider(place + i);) ++i;
}

}  // namespace updraft::diff
