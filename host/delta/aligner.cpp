#include "host/delta/aligner.hpp"

#include <array>
#include <limits>

namespace updraft::diff {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostLanes = 24;
constexpr std::uint32_t kShortestMatch = 4;
// While the best lane matches that far, none is looked for; and it is followed at once, up to some
// bytes before the difference, where other lanes may be entered.
constexpr std::uint32_t kGoodMatch = 32, kBeforeDifference = 12;
constexpr std::size_t kRecentDiagonals = 8;
constexpr std::int64_t kNear = 256;  // diagonals this close are near each other
constexpr std::int64_t kLiterals = std::numeric_limits<std::int64_t>::min();
constexpr std::int32_t kNoNode = -1;

// A stretch of a path that was left for another; the path before it is shared.
struct Node {
  std::int64_t diagonal;
  std::uint32_t from;
  std::int32_t before;
};

// How a path came into a lane.
struct Entry {
  std::uint32_t from = 0;           // where
  std::int32_t before = kNoNode;    // the path until then
  std::int32_t own_node = kNoNode;  // this stretch, once it was left
};

// Ways to make the next byte: one diagonal each, the first one literals. What is looked at for each
// byte lies together.
struct Lanes {
  std::array<double, kMostLanes> cost;
  std::array<std::int64_t, kMostLanes> diagonal;
  std::array<bool, kMostLanes> differs{};  // the last byte was a difference
  std::array<Entry, kMostLanes> entry{};
  std::size_t size = 1;

  Lanes() {
    cost.fill(kNever);
    diagonal.fill(kLiterals);
    cost[0] = 0;
  }
  void set(std::size_t i, std::int64_t along, double costs = kNever, Entry entered = {}) {
    cost[i] = costs;
    diagonal[i] = along;
    differs[i] = false;
    entry[i] = entered;
  }
  std::size_t best() const {
    double least = cost[0];
    for (std::size_t i = 1; i < kMostLanes; ++i) least = std::min(least, cost[i]);
    std::size_t at = 0;
    while (cost[at] != least) ++at;
    return at;
  }
};

class Aligner {
 public:
  Aligner(const ImageModel& old_image, const Matcher& matcher, const ImageModel& new_image,
          const delta::Layout& target, Search search, const AlignerCosts& costs)
      : old_(old_image),
        matcher_(matcher),
        new_(new_image),
        target_(target),
        search_(search),
        costs_(costs) {
    recent_.fill(kLiterals);
  }

  std::vector<delta::Operation> run() {
    const auto size = static_cast<std::uint32_t>(new_.copy.size());
    for (std::uint32_t at = 0; at < size;) {
      if (const std::uint32_t known = target_.known_bytes(at); known > 0) {
        at += known;
        continue;
      }
      const std::size_t best = lanes_.best();
      note_best(lanes_.diagonal[best]);
      if (const std::uint32_t far = undisputed(best, at); far > 0) {
        follow(best, far);
        at += far;
        continue;
      }
      look_for_lane(best, at);
      enter_lanes(best, at);
      take_byte(at);
      ++at;
    }
    return operations(size);
  }

 private:
  // Where the lane's next byte comes from; beyond the old image: from nowhere.
  std::uint64_t source(std::size_t lane, std::uint32_t at) const {
    return static_cast<std::uint64_t>(lanes_.diagonal[lane] + at);
  }
  // How far the lane matches from `at` on.
  std::uint32_t match(std::size_t lane, std::uint32_t at) {
    const std::uint64_t from = source(lane, at);
    if (lane == 0 || from >= old_.copy.size()) return 0;
    if (lanes_.diagonal[lane] != matched_diagonal_ || at >= match_end_) {
      matched_diagonal_ = lanes_.diagonal[lane];
      match_end_ = at + common_prefix(Bytes(old_.copy).subspan(from), Bytes(new_.copy).subspan(at));
    }
    return match_end_ - at;
  }

  // The last diagonals that were best, the newest first.
  void note_best(std::int64_t diagonal) {
    if (diagonal == kLiterals || diagonal == recent_[0]) return;
    std::size_t at = 0;
    while (at + 1 < recent_.size() && recent_[at] != diagonal) ++at;
    std::rotate(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(at),
                recent_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    recent_[0] = diagonal;
  }
  double cost_to_enter(std::int64_t diagonal) const {
    if (diagonal == kLiterals) return costs_.enter_literals;
    bool near = false;
    for (const std::int64_t one : recent_) {
      if (one == diagonal) return costs_.enter_again;
      if (one != kLiterals && std::abs(one - diagonal) <= kNear) near = true;
    }
    return near ? costs_.enter_near : costs_.enter;
  }

  // How many bytes the best lane can be followed because every other path would come from it
  // anyway; 0: it cannot.
  std::uint32_t undisputed(std::size_t best, std::uint32_t at) {
    const std::uint32_t good = std::min(match(best, at), until_known(at));
    if (good < kGoodMatch) return 0;
    constexpr double kRounding = 1e-3;
    for (std::size_t i = 0; i < lanes_.size; ++i) {
      if (i == best || lanes_.cost[i] == kNever) continue;
      const double entered = lanes_.cost[best] + cost_to_enter(lanes_.diagonal[i]);
      if (lanes_.cost[i] < entered - kRounding) return 0;
    }
    return good - kBeforeDifference;
  }
  std::uint32_t until_known(std::uint32_t at) const {
    const delta::Segment* const in = target_.at_offset(at);
    return in != nullptr ? in->end() - at : UINT32_MAX;
  }
  void follow(std::size_t best, std::uint32_t bytes) {
    const double cost = lanes_.cost[best] + bytes * costs_.equal;
    lanes_.cost.fill(kNever);
    lanes_.cost[best] = cost;
    lanes_.differs[best] = false;
  }

  // Where the next byte would come from if nothing had been inserted or left out.
  std::int64_t expected_source(std::size_t lane, std::uint32_t at) const {
    if (lane != 0) return lanes_.diagonal[lane] + at;
    const std::int32_t before = lanes_.entry[0].before;
    return before == kNoNode ? at : nodes_[static_cast<std::size_t>(before)].diagonal + at;
  }

  void look_for_lane(std::size_t best, std::uint32_t at) {
    if (search_ == Search::units && !new_.unit_starts[at]) return;
    if (match(best, at) >= kGoodMatch) return;
    const Matcher::Match match =
        matcher_.longest(Bytes(new_.copy).subspan(at), expected_source(best, at));
    if (match.size < kShortestMatch) return;
    const std::int64_t diagonal = static_cast<std::int64_t>(match.at) - at;
    for (std::size_t i = 1; i < lanes_.size; ++i) {
      if (lanes_.diagonal[i] == diagonal) return;
    }
    if (lanes_.size < kMostLanes) return lanes_.set(lanes_.size++, diagonal);
    std::size_t worst = 1;  // 0 is for literals
    for (std::size_t i = 2; i < lanes_.size; ++i) {
      if (lanes_.cost[i] > lanes_.cost[worst]) worst = i;
    }
    lanes_.set(worst, diagonal);
  }

  void enter_lanes(std::size_t best, std::uint32_t at) {
    const double from = lanes_.cost[best];
    const double least = from + costs_.enter_again;  // that a diagonal can cost
    for (std::size_t i = 0; i < lanes_.size; ++i) {
      if (i == best || (i > 0 && least >= lanes_.cost[i])) continue;
      const double cost = from + cost_to_enter(lanes_.diagonal[i]);
      if (cost >= lanes_.cost[i]) continue;
      const std::uint64_t starts = source(i, at);
      if (i > 0 && (starts >= old_.copy.size() || !old_.unit_starts[starts])) continue;
      lanes_.set(i, lanes_.diagonal[i], cost, {.from = at, .before = node_of(best)});
    }
  }

  std::int32_t node_of(std::size_t lane) {
    Entry& entry = lanes_.entry[lane];
    if (entry.own_node == kNoNode) {
      entry.own_node = static_cast<std::int32_t>(nodes_.size());
      nodes_.push_back({lanes_.diagonal[lane], entry.from, entry.before});
    }
    return entry.own_node;
  }

  void take_byte(std::uint32_t at) {
    lanes_.cost[0] += costs_.literal;
    for (std::size_t i = 1; i < lanes_.size; ++i) {
      if (lanes_.cost[i] == kNever) continue;
      const std::uint64_t from = source(i, at);
      if (from >= old_.copy.size()) {
        lanes_.cost[i] = kNever;
        continue;
      }
      const bool differs = old_.copy[from] != new_.copy[at];
      const double cost = lanes_.differs[i] ? costs_.next_difference : costs_.first_difference;
      lanes_.cost[i] += differs ? cost : costs_.equal;
      lanes_.differs[i] = differs;
    }
  }

  std::vector<delta::Operation> operations(std::uint32_t size) {
    std::vector<delta::Operation> made;
    std::uint32_t end = size;
    for (std::int32_t at = node_of(lanes_.best()); at != kNoNode;) {
      const Node& node = nodes_[static_cast<std::size_t>(at)];
      if (node.diagonal != kLiterals && node.from < end) {
        const auto source = static_cast<std::uint32_t>(node.diagonal + node.from);
        // Known bytes have no source: there the copy may end early.
        const auto left = static_cast<std::uint32_t>(old_.copy.size()) - source;
        made.push_back({source, node.from, std::min(end - node.from, left)});
      }
      end = node.from;
      at = node.before;
    }
    std::reverse(made.begin(), made.end());
    return made;
  }

  const ImageModel& old_;
  const Matcher& matcher_;
  const ImageModel& new_;
  const delta::Layout& target_;
  Search search_;
  const AlignerCosts& costs_;
  Lanes lanes_;
  std::vector<Node> nodes_;
  std::array<std::int64_t, kRecentDiagonals> recent_;
  std::int64_t matched_diagonal_ = kLiterals;  // it matches up to match_end_, of the target
  std::uint32_t match_end_ = 0;
};

}  // namespace

std::vector<delta::Operation> align(const ImageModel& old_image, const Matcher& matcher,
                                    const ImageModel& new_image, const delta::Layout& target,
                                    Search search, const AlignerCosts& costs) {
  return Aligner(old_image, matcher, new_image, target, search, costs).run();
}

}  // namespace updraft::diff
