#include "cli/words/door_options.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {
constexpr std::string_view kUsualGroup = "Options";  // CLI11's, of an option that names none
}

void DoorOptions::add(CLI::App& command, Scheme scheme, const std::string& group,
                      const std::function<void(CLI::App&)>& add) {
  const std::vector<CLI::Option*> before = command.get_options();
  add(command);
  for (CLI::Option* const option : command.get_options()) {
    if (std::ranges::find(before, option) != before.end()) continue;
    if (!group.empty() && option->get_group() == kUsualGroup) option->group(group);
    options_.push_back({option, scheme});
  }
}

void DoorOptions::check(const std::function<std::string(Scheme)>& why_not) const {
  for (const auto& [option, scheme] : options_) {
    if (option->count() == 0) continue;
    const std::string why = why_not(scheme);
    if (why.empty()) continue;
    const std::string about = option->get_description();
    throw Stop(kUsage, fmt::format("{} is an option of {} ({}); {}", option->get_name(),
                                   name(scheme), about.substr(0, about.find_first_of(":;")), why));
  }
}

}  // namespace updraft::cli
