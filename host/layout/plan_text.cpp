#include "host/layout/plan_text.hpp"

#include <fmt/format.h>

namespace updraft::layout {
namespace {

std::string item(std::string_view word, std::string_view text) {
  return fmt::format("{:<10} {}", word, text);
}

std::string place(std::uint32_t offset, std::uint32_t bytes) {
  return fmt::format("{:#x}, {} KiB", offset, bytes / 1024);
}

std::string part_text(const Part& part) {
  std::string from = place(part.from, part.from_bytes), to = place(part.to, part.to_bytes);
  switch (part.fate) {
    case Fate::kept:
      return part.from_bytes == part.to_bytes ? from : fmt::format("{}, then {}", from, to);
    case Fate::moved:
      return fmt::format("{}, to {}", from, to);
    case Fate::lost:
      return part.to_bytes == 0 ? from : fmt::format("{}, then {}", from, to);
    case Fate::removed:
      return from;
    case Fate::added:
      break;
  }
  return to;
}

std::string time_text(Microseconds time) {
  const double ms = static_cast<double>(time.count()) / 1000;
  return ms < 1000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.1f} s", ms / 1000);
}

std::string step_text(std::size_t number, const Step& step) {
  return fmt::format("{}. {} {}: {} erases, {} programs, {}, at worst {}", number, step.what,
                     step.label.empty() ? "the table" : step.label, step.erases, step.programs,
                     time_text(step.typical), time_text(step.worst));
}

}  // namespace

std::string answer(const Plan& plan) {
  switch (plan.verdict) {
    case Verdict::safe:
      return "safe";
    case Verdict::risk: {
      const auto ms = std::chrono::ceil<std::chrono::milliseconds>(plan.window);
      return fmt::format("{} ms of risk", ms.count());
    }
    case Verdict::refused:
      break;
  }
  return fmt::format("not over the air: rule {}", plan.rule);
}

std::string_view name(Fate fate) {
  constexpr std::string_view kNames[] = {"kept", "moved", "lost", "added", "removed"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::vector<std::string> plan_lines(const Plan& plan) {
  std::vector<std::string> lines{item("answer", answer(plan))};
  if (plan.same) lines.push_back(item("", "both tables are alike: nothing has to be done"));
  if (!plan.why.empty()) lines.push_back(item("because", plan.why));
  if (!plan.remedy.empty()) lines.push_back(item("to do", plan.remedy));
  for (const std::string& note : plan.notes) lines.push_back(item("note", note));
  if (plan.verdict == Verdict::refused) return lines;
  for (const Part& part : plan.parts) {
    lines.push_back(item(name(part.fate), fmt::format("{}: {}", part.label, part_text(part))));
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    lines.push_back(item(i == 0 ? "steps" : "", step_text(i + 1, plan.steps[i])));
  }
  if (plan.window.count() != 0) {
    lines.push_back(
        item("window", fmt::format("{} without a table, at worst {}", time_text(plan.window),
                                   time_text(plan.window_worst))));
  }
  return lines;
}

}  // namespace updraft::layout
