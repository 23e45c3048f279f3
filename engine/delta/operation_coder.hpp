// Codes an operation (spec/delta.md section 5): how many literals, where the copy begins, how long
// it is. Most copies begin where one of the last few would have gone on.
//
// Memory: 1.2 KiB.
#pragma once
#include "engine/delta/number.hpp"
#include "engine/delta/operation.hpp"

namespace updraft::delta {

class OperationCoder {
 public:
  void reset() { *this = {}; }  // at the start of a chunk

  // The next operation; its literals begin at target offset `at`. `ring` holds those before it.
  // `wanted`: what an encoder wants to come out.
  template <BitCoder Coder, class Ring>
  CodedOperation code(Coder& coder, const Ring& ring, std::uint32_t at, CodedOperation wanted) {
    CodedOperation op;
    op.literals = code_unsigned(coder, literals_, wanted.literals);
    const std::uint32_t target = at + op.literals;
    const View view{target, source_end_, context_ * 2u + (op.literals > 0 ? 1 : 0)};
    Choice choice;
    if constexpr (Coder::kEncodes) choice = cheapest<Coder>(ring, view, wanted.source);
    op.source = code_source(coder, ring, view, choice, wanted.source);
    op.size = code_unsigned(coder, sizes_, wanted.size);
    source_end_ = op.source + op.size;
    remember(op.source - target);
    return op;
  }

 private:
  static constexpr std::uint32_t kDiagonals = 8, kAgain = 16;
  // How the source is given: the types of the format's page.
  enum : std::uint32_t {
    kNext = 0,      // where the previous copy ended
    kDiagonal = 1,  // as far from the target as a recent copy, and a number; eight of these
    kForward = 9,   // so much after the end of the previous copy
    kBackward = 10,
    kAgainAt = 11,  // where one of the last 16 copies began
    kUnknown = 12
  };
  struct Choice {
    std::uint32_t type = kNext, back = 1;
  };
  struct View {  // what a copy is seen from
    std::uint32_t target, source_end, context;
  };

  template <BitCoder Coder, class Ring>
  std::uint32_t code_source(Coder& coder, const Ring& ring, const View& view, Choice choice,
                            std::uint32_t wanted) {
    const std::uint32_t type = code_tree(coder, types_[view.context], 4, choice.type);
    context_ = type <= kDiagonal ? 0 : type < kForward ? 1 : 2;
    if (type == kNext) return view.source_end;
    if (type < kForward) {
      const std::uint32_t expected = view.target + diagonals_[type - kDiagonal];
      const auto away = static_cast<std::int32_t>(wanted - expected);
      return expected + static_cast<std::uint32_t>(code_signed(coder, besides_, away));
    }
    if (type == kForward) {
      return view.source_end + code_unsigned(coder, forward_, wanted - view.source_end);
    }
    if (type == kBackward) {
      return view.source_end - code_unsigned(coder, backward_, view.source_end - wanted);
    }
    const std::uint32_t back = type == kAgainAt ? code_tree(coder, again_, 4, choice.back - 1) + 1
                                                : std::uint32_t{kAgain} + 1;
    if (back <= kAgain && back <= ring.decoded()) return ring.recent(back).source;
    coder.damage();
    return 0;
  }

  // What costs an encoder the fewest bits as the models are now.
  template <BitCoder Coder, class Ring>
  Choice cheapest(const Ring& ring, const View& view, std::uint32_t source) const {
    Choice best;
    double least = Coder::Meter::kEndless;
    const auto consider = [&](Choice choice) {
      OperationCoder trial = *this;
      typename Coder::Meter meter;
      trial.code_source(meter, ring, view, choice, source);
      if (meter.bits() < least) best = choice;
      least = std::min(least, meter.bits());
    };
    if (source == view.source_end) consider({kNext});
    for (std::uint32_t i = 0; i < kDiagonals; ++i) consider({kDiagonal + i});
    consider({source > view.source_end ? kForward : kBackward});
    for (std::uint32_t back = 1; back <= std::min(std::uint32_t{kAgain}, ring.decoded()); ++back) {
      if (ring.recent(back).source == source) consider({kAgainAt, back});
    }
    return best;
  }

  void remember(std::uint32_t diagonal) {
    std::size_t at = 0;
    while (at + 1 < diagonals_.size() && diagonals_[at] != diagonal) ++at;
    for (; at > 0; --at) diagonals_[at] = diagonals_[at - 1];
    diagonals_[0] = diagonal;
  }

  NumberClass literals_, sizes_, besides_, forward_, backward_;
  std::array<std::array<SmallModel, 16>, 6> types_;
  std::array<SmallModel, 16> again_;
  std::array<std::uint32_t, kDiagonals> diagonals_{};  // source minus target, the last one first
  std::uint32_t source_end_ = 0;                       // of the previous copy
  std::uint8_t context_ = 0;                           // by the type of the previous one
};

}  // namespace updraft::delta
