// What bench/run delta found, as text or as one JSON object for each row.
#pragma once
#include <string>
#include <vector>

#include "bench/parts/modelled_delta.hpp"
#include "bench/parts/other_deltas.hpp"

namespace updraft::bench {

// Two consecutive releases of a product. Sizes in bytes, times in seconds.
struct PairRow {
  std::string product, old_version, new_version;
  std::uint64_t image = 0, thorough = 0, fast = 0, with_restarts = 0, back = 0;  // back: fast
  OtherDeltas others;
  double encode = 0, encode_fast = 0, decode = 0;
  struct Modelled {
    ModelledCost fast, slow;  // link
  };
  Modelled by_patch, full;
};

// The last releases of two products, of one chip or of two.
struct AcrossRow {
  std::string from, to;
  std::uint64_t image = 0, fast = 0;
};

// A number that shall not be exceeded.
struct Goal {
  std::string what;
  double found, most;
  std::string unit;
  bool held() const { return found <= most; }
};

void print_heading();
void print_pair(const PairRow& row, bool json);
void print_total(const std::vector<PairRow>& rows, bool json);
void print_across(const std::vector<AcrossRow>& rows, bool json);
void print_goals(const std::vector<Goal>& goals, bool json);

}  // namespace updraft::bench
