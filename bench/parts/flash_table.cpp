#include "bench/parts/flash_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace updraft::bench {
namespace {

constexpr std::string_view kReference = "w25q32jv";

// As shown: a job, and how it differs from the usual.
std::string title(const FlashRow& row) {
  if (row.strategy == "updraft_seek") return row.job + ", seeking link";
  if (row.max_block == kFlashSector) return row.job + ", max 4K";
  if (row.max_block == kFlashHalfBlock) return row.job + ", max 32K";
  return row.job;
}

}  // namespace

FlashTable::Line& FlashTable::line(const std::string& profile, const std::string& job) {
  if (profiles_.empty() || profiles_.back().first != profile) profiles_.push_back({profile, {}});
  auto& lines = profiles_.back().second;
  const auto found = std::ranges::find(lines, job, [](const auto& entry) { return entry.first; });
  return found != lines.end() ? found->second : lines.emplace_back(job, Line{}).second;
}

void FlashTable::add(const FlashRow& row) {
  if (row.job == "full_used" && row.profile == kReference) {
    auto& wear = wear_[row.strategy + (row.strategy == "updraft" ? title(row).substr(9) : "")];
    wear.resize(std::max(wear.size(), row.wear.size()));
    for (std::size_t i = 0; i < row.wear.size(); ++i) wear[i] += row.wear[i];
  }
  if (row.strategy == "sequential") {
    line(row.profile, row.job).sequential += row.cost.seconds;
    return;
  }
  if (row.strategy == "erase_first") {
    line(row.profile, row.job).erase_first += row.cost.seconds;
    return;
  }
  Line& line = this->line(row.profile, title(row));
  ++line.rows;
  line.seconds += row.cost.seconds;
  line.bound += row.bound;
  line.worst_ratio = std::max(line.worst_ratio, row.ratio());
  line.worst_full = std::max(line.worst_full, row.of_full);
  line.longest = std::max(line.longest, row.cost.longest_stretch);
  line.most_erases = std::max(line.most_erases, row.cost.max_erases());
}

double FlashTable::worst(const char* job, double Line::* member) const {
  double worst = 0;
  for (const auto& [profile, lines] : profiles_) {
    for (const auto& [name, line] : lines) {
      if (name == job) worst = std::max(worst, line.*member);
    }
  }
  return worst;
}

std::vector<FlashTable::Goal> FlashTable::goals() const {
  std::vector<Goal> goals{
      {"full install on a used slot, to its bound", worst("full_used", &Line::worst_ratio), 1.10},
      {"the same image again, to reading it once", worst("reinstall", &Line::worst_ratio), 1.05},
      {"resume at 50 %, to a full install", worst("resume", &Line::worst_full), 0.60}};
  double most = 0;
  for (const auto& [profile, lines] : profiles_) {
    for (const auto& [name, line] : lines) {
      most = std::max(most, static_cast<double>(line.most_erases));
      if (profile != kReference || name != "full_used") continue;
      goals.push_back(
          {"sequential strategy, to ours (w25q32jv)", line.sequential / line.seconds, 2.5, true});
    }
  }
  goals.push_back({"erases of one sector in one update", most, 1});
  return goals;
}

bool FlashTable::meets_goals() const {
  return std::ranges::all_of(goals(), [](const Goal& goal) { return goal.met(); });
}

void FlashTable::print() const {
  fmt::print(
      "Installing real firmware, modelled seconds on the virtual clock: means over all pairs of\n"
      "consecutive releases. bound: the least that the job can cost (bench/README.md); call: the\n"
      "longest stretch without a yield; x seq, x first: how much longer the strategies of the "
      "field\n"
      "take (4 KiB erases while streaming; the whole slot erased first).\n");
  for (const auto& [profile, lines] : profiles_) {
    fmt::print("\n{:<26}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>8}{:>8}\n", profile, "seconds", "bound",
               "ratio", "worst", "call, ms", "erases", "x seq", "x first");
    for (const auto& [name, line] : lines) {
      const auto n = static_cast<double>(line.rows);
      fmt::print("{:<26}{:>9.3f}{:>9.3f}{:>9.3f}{:>9.3f}{:>10.0f}{:>9}", "  " + name,
                 line.seconds / n, line.bound / n, line.seconds / line.bound, line.worst_ratio,
                 line.longest * 1000, line.most_erases);
      if (line.sequential > 0) {
        fmt::print("{:>8.1f}{:>8.1f}", line.sequential / line.seconds,
                   line.erase_first / line.seconds);
      }
      fmt::print("\n");
    }
  }
  fmt::print(
      "\nWear of a full install on a used slot ({}): sectors of the whole flash, journal and\n"
      "boot choice included, by how often they were erased, summed over all installs\n",
      kReference);
  for (const auto& [strategy, sectors] : wear_) {
    fmt::print("  {:<24}", strategy);
    for (std::size_t i = 0; i < sectors.size(); ++i) fmt::print("  {} x: {:<8}", i, sectors[i]);
    fmt::print("\n");
  }
  fmt::print("\nGoals (worst of all profiles and pairs)\n");
  for (const Goal& goal : goals()) {
    fmt::print("  {:<46}{:>7.3f}  {} {:<5.2f} {}\n", goal.what, goal.worst,
               goal.at_least ? ">=" : "<=", goal.limit, goal.met() ? "met" : "NOT MET");
  }
}

}  // namespace updraft::bench
