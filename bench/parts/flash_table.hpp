// The rows of bench/run flash for people: a line for each profile and job, over all pairs of
// releases, and whether the goals are met.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/parts/flash_jobs.hpp"

namespace updraft::bench {

class FlashTable {
 public:
  void add(const FlashRow& row);
  void print() const;
  bool meets_goals() const;

 private:
  struct Line {
    std::size_t rows = 0;
    double seconds = 0, bound = 0;  // sums
    double worst_ratio = 0, worst_full = 0;
    double longest = 0;
    std::uint32_t most_erases = 0;
    double sequential = 0, erase_first = 0;  // sums of the strategies of the field
  };
  struct Goal {
    std::string what;
    double worst;
    double limit;
    bool at_least = false;
    bool met() const { return at_least ? worst >= limit : worst <= limit; }
  };
  Line& line(const std::string& profile, const std::string& job);
  std::vector<Goal> goals() const;
  double worst(const char* job, double Line::* member) const;

  std::vector<std::pair<std::string, std::vector<std::pair<std::string, Line>>>> profiles_;
  std::map<std::string, std::vector<std::uint64_t>> wear_;  // by strategy, of full_used
};

}  // namespace updraft::bench
