// A plan in words, the answer first.
#pragma once
#include "host/layout/plan.hpp"

namespace updraft::layout {

// "safe", "46 ms of risk", "not over the air: rule 6"
std::string answer(const Plan& plan);
std::string_view name(Fate fate);
// Each with its word in front, aligned as `updraft inspect` does.
std::vector<std::string> plan_lines(const Plan& plan);

}  // namespace updraft::layout
