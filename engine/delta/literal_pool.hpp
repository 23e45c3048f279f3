// Where the literals of L32R lie in the target: they are used in rising order, or again
// (spec/delta.md section 8.2, the literal code).
#pragma once
#include <array>
#include <cstdint>

#include "engine/delta/number.hpp"

namespace updraft::delta {

class LiteralPool {
 public:
  std::uint32_t next() const { return highest_ + 4; }
  // The last pair of addresses of one literal, old and new; 0: none yet.
  std::uint32_t last_old() const { return last_old_; }
  std::uint32_t last_new() const { return last_new_; }
  void pair(std::uint32_t old_address, std::uint32_t new_address) {
    last_old_ = old_address;
    last_new_ = new_address;
  }

  void use(std::uint32_t address) {
    if (address > highest_ || highest_ - address > 4096) highest_ = address;
    std::size_t at = 0;
    while (at + 1 < recent_.size() && recent_[at] != address) ++at;
    for (; at > 0; --at) recent_[at] = recent_[at - 1];
    recent_[0] = address;
  }

  // The address of a literal; `guess` is where it is expected, `from_guess` the number class of how
  // far from there it is.
  template <BitCoder Coder>
  std::uint32_t code(Coder& coder, std::uint32_t guess, NumberClass& from_guess,
                     std::uint32_t address) {
    const auto [way, place] = Coder::kEncodes ? choose(guess, address) : Choice{};
    switch (code_tree(coder, way_, 2, static_cast<std::uint32_t>(way))) {
      case 0:
        return next();
      case 1:
        return recent_[code_tree(coder, place_, 3, place)];
      case 2:
        return highest_ + 4 * code_unsigned(coder, ahead_, (address - highest_) >> 2);
      default: {
        const auto away = static_cast<std::int32_t>(address - guess) >> 2;
        const std::int32_t steps = code_signed(coder, from_guess, away);
        return guess + 4 * static_cast<std::uint32_t>(steps);
      }
    }
  }

 private:
  enum class Way : std::uint8_t { next, recent, ahead, from_guess };
  struct Choice {
    Way way = Way::next;
    std::uint32_t place = 0;
  };
  Choice choose(std::uint32_t guess, std::uint32_t address) const {
    if (address == next()) return {Way::next};
    for (std::uint32_t i = 0; i < recent_.size(); ++i) {
      if (recent_[i] == address) return {Way::recent, i};
    }
    const auto away = static_cast<std::int32_t>(address - guess);
    if (away > -128 && away < 128) return {Way::from_guess};
    const std::uint32_t ahead = address - highest_;
    const bool rises = address > highest_ && ahead < 4096;
    return {rises ? Way::ahead : Way::from_guess};
  }

  std::uint32_t highest_ = 0, last_old_ = 0, last_new_ = 0;
  std::array<std::uint32_t, 8> recent_{};
  std::array<SmallModel, 4> way_;
  std::array<SmallModel, 8> place_;
  NumberClass ahead_;
};

}  // namespace updraft::delta
