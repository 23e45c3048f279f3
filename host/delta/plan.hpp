// The content of a patch before it is coded.
#pragma once
#include <vector>

#include "engine/delta/address_map.hpp"
#include "engine/delta/facts.hpp"
#include "engine/delta/operation.hpp"

namespace updraft::diff {

struct Plan {
  delta::Facts facts;  // of both images
  std::vector<delta::MapEntry> map;
  std::vector<delta::Operation> operations;  // in the order of the target, none overlap
};

}  // namespace updraft::diff
