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

// A way to make the next byte: one diagonal, or literals.
struct Lane {
  std::int64_t diagonal = kLiterals;
  double cost = kNever;
  std::uint32_t from = 0;           // where the path entered this lane
  std::int32_t before = kNoNode;    // the path until then
  std::int32_t own_node = kNoNode;  // this stretch, once it was left
  bool differs = false;             // the last byte was a difference
};

class Aligner {
 public:
  Aligner(const ImageModel& old_image, const Matcher& matcher, const ImageModel& new_image,
          const delta::Layout& target, const AlignerCosts& costs)
      : old_(old_image), matcher_(matcher), new_(new_image), target_(target), costs_(costs) {
    lanes_.push_back({.cost = 0});
    recent_.fill(kLiterals);
  }

  std::vector<delta::Operation> run() {
    const auto size = static_cast<std::uint32_t>(new_.copy.size());
    for (std::uint32_t at = 0; at < size;) {
      if (const std::uint32_t known = target_.known_bytes(at); known > 0) {
        at += known;
        continue;
      }
      const std::size_t best = best_lane();
      note_best(lanes_[best].diagonal);
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
  bool inside(const Lane& lane, std::uint32_t at) const {
    const std::int64_t source = lane.diagonal + at;
    return source >= 0 && source < static_cast<std::int64_t>(old_.copy.size());
  }
  std::size_t best_lane() const {
    const auto cheaper = [](const Lane& a, const Lane& b) { return a.cost < b.cost; };
    return static_cast<std::size_t>(std::min_element(lanes_.begin(), lanes_.end(), cheaper) -
                                    lanes_.begin());
  }
  // How far the lane matches from `at` on.
  std::uint32_t match(const Lane& lane, std::uint32_t at) {
    if (lane.diagonal == kLiterals || !inside(lane, at)) return 0;
    if (lane.diagonal != matched_diagonal_ || at >= match_end_) {
      const auto source = static_cast<std::size_t>(lane.diagonal + at);
      matched_diagonal_ = lane.diagonal;
      match_end_ =
          at + common_prefix(Bytes(old_.copy).subspan(source), Bytes(new_.copy).subspan(at));
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
    const std::uint32_t good = std::min(match(lanes_[best], at), until_known(at));
    if (good < kGoodMatch) return 0;
    constexpr double kRounding = 1e-3;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const Lane& other = lanes_[i];
      if (i == best || other.cost == kNever) continue;
      const double entered = lanes_[best].cost + cost_to_enter(other.diagonal);
      if (other.cost < entered - kRounding) return 0;
    }
    return good - kBeforeDifference;
  }
  std::uint32_t until_known(std::uint32_t at) const {
    const delta::Segment* const in = target_.at_offset(at);
    return in != nullptr ? in->end() - at : UINT32_MAX;
  }
  void follow(std::size_t best, std::uint32_t bytes) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (i != best) lanes_[i].cost = kNever;
    }
    lanes_[best].cost += bytes * costs_.equal;
    lanes_[best].differs = false;
  }

  // Where the next byte would come from if nothing had been inserted or left out.
  std::int64_t expected_source(const Lane& lane, std::uint32_t at) const {
    if (lane.diagonal != kLiterals) return lane.diagonal + at;
    if (lane.before == kNoNode) return at;
    return nodes_[static_cast<std::size_t>(lane.before)].diagonal + at;
  }

  void look_for_lane(std::size_t best, std::uint32_t at) {
    if (match(lanes_[best], at) >= kGoodMatch) return;
    const Matcher::Match match =
        matcher_.longest(Bytes(new_.copy).subspan(at), expected_source(lanes_[best], at));
    if (match.size < kShortestMatch) return;
    const std::int64_t diagonal = static_cast<std::int64_t>(match.at) - at;
    for (const Lane& lane : lanes_) {
      if (lane.diagonal == diagonal) return;
    }
    if (lanes_.size() < kMostLanes) {
      lanes_.push_back({.diagonal = diagonal});
      return;
    }
    std::size_t worst = 1;  // 0 is for literals
    for (std::size_t i = 2; i < lanes_.size(); ++i) {
      if (lanes_[i].cost > lanes_[worst].cost) worst = i;
    }
    lanes_[worst] = {.diagonal = diagonal};
  }

  void enter_lanes(std::size_t best, std::uint32_t at) {
    const double from = lanes_[best].cost;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (i == best) continue;
      Lane& lane = lanes_[i];
      const bool literals = lane.diagonal == kLiterals;
      if (!literals && from + costs_.enter_again >= lane.cost) continue;  // the least it can cost
      const double cost = from + cost_to_enter(lane.diagonal);
      if (cost >= lane.cost) continue;
      if (!literals &&
          (!inside(lane, at) || !old_.unit_starts[static_cast<std::size_t>(lane.diagonal + at)])) {
        continue;
      }
      lane = {.diagonal = lane.diagonal, .cost = cost, .from = at, .before = node_of(best)};
    }
  }

  std::int32_t node_of(std::size_t i) {
    Lane& lane = lanes_[i];
    if (lane.own_node == kNoNode) {
      lane.own_node = static_cast<std::int32_t>(nodes_.size());
      nodes_.push_back({lane.diagonal, lane.from, lane.before});
    }
    return lane.own_node;
  }

  void take_byte(std::uint32_t at) {
    for (Lane& lane : lanes_) {
      if (lane.cost == kNever) continue;
      if (lane.diagonal == kLiterals) {
        lane.cost += costs_.literal;
      } else if (!inside(lane, at)) {
        lane.cost = kNever;
      } else if (old_.copy[static_cast<std::size_t>(lane.diagonal + at)] == new_.copy[at]) {
        lane.cost += costs_.equal;
        lane.differs = false;
      } else {
        lane.cost += lane.differs ? costs_.next_difference : costs_.first_difference;
        lane.differs = true;
      }
    }
  }

  std::vector<delta::Operation> operations(std::uint32_t size) {
    std::vector<delta::Operation> made;
    std::uint32_t end = size;
    for (std::int32_t at = node_of(best_lane()); at != kNoNode;) {
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
  const AlignerCosts& costs_;
  std::vector<Lane> lanes_;
  std::vector<Node> nodes_;
  std::array<std::int64_t, kRecentDiagonals> recent_;
  std::int64_t matched_diagonal_ = kLiterals;  // it matches up to match_end_, of the target
  std::uint32_t match_end_ = 0;
};

}  // namespace

std::vector<delta::Operation> align(const ImageModel& old_image, const Matcher& matcher,
                                    const ImageModel& new_image, const delta::Layout& target,
                                    const AlignerCosts& costs) {
  return Aligner(old_image, matcher, new_image, target, costs).run();
}

}  // namespace updraft::diff
