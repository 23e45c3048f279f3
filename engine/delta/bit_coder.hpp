// The concept that codes a decision: RangeDecoder decodes one and returns it, diff::RangeEncoder
// encodes the one that it is given and returns the same. The code that uses it is written once, for
// both.
#pragma once
#include <concepts>
#include <cstdint>

namespace updraft::delta {

template <class T>
concept BitCoder =
    requires(T& coder, const T& unchanged, std::uint32_t probability_of_one, bool bit) {
      { T::kEncodes } -> std::convertible_to<bool>;
      { coder.small(probability_of_one, bit) } -> std::same_as<bool>;  // 12 bits: 1..4095
      { coder.wide(probability_of_one, bit) } -> std::same_as<bool>;   // 16 bits
      { coder.raw(bit) } -> std::same_as<bool>;                        // as likely as not
      coder.damage();  // what was decoded cannot be; the codec stops at the end of its step
      { unchanged.damaged() } -> std::same_as<bool>;
    };

}  // namespace updraft::delta
