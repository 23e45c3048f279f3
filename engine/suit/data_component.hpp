// The component of a data partition: [ h'fs', h'<partition label>' ] (spec/suit.md section 2).
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::suit {

inline constexpr std::size_t kMostDataLabel = 16;  // as a partition table has them

// The label in the name of a component, as it is encoded; empty: the component is something else,
// or its label is none that a partition can have.
std::string_view data_label(Bytes name);

}  // namespace updraft::suit
