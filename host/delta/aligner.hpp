// Which operations make the new image from the old one: the cheapest path through the new copy,
// over diagonals (source minus target offset) and literals (spec/delta.md section 15.2).
#pragma once
#include <vector>

#include "engine/delta/layout.hpp"
#include "engine/delta/operation.hpp"
#include "host/delta/image_model.hpp"
#include "host/delta/matcher.hpp"

namespace updraft::diff {

// In bits: the estimated cost of each choice once it is coded.
struct AlignerCosts {
  double literal = 6, equal = 0.02, first_difference = 11, next_difference = 7;
  double enter_literals = 4;
  // Entering a diagonal: one of the last few, one near these, any other.
  double enter_again = 18, enter_near = 22, enter = 32;
};

// Where a match is looked for: where a unit begins, or at every byte. Units take half the time and
// are enough to find out what moved; the last pass would make patches that are 0.5 % larger.
enum class Search : std::uint8_t { units, bytes };

// `target`: where known bytes lie, which cost nothing either way.
std::vector<delta::Operation> align(const ImageModel& old_image, const Matcher& matcher,
                                    const ImageModel& new_image, const delta::Layout& target,
                                    Search search, const AlignerCosts& costs = {});

}  // namespace updraft::diff
