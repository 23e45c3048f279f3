#include "cli/words/door_options.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {
constexpr std::string_view kUsualGroup = "Options";  // CLI11's, of an option that names none
}

void DoorOptions::add(CLI::App& command, Scheme scheme, const std::string& group,
                      const std::function<void(CLI::App&)>& add) {
  std::map<const CLI::Option*, std::string> before;
  for (const CLI::Option* const option : command.get_options()) {
    before[option] = option->get_description();
  }
  add(command);
  for (CLI::Option* const option : command.get_options()) {
    const auto known = before.find(option);
    if (known != before.end() && known->second == option->get_description()) continue;
    if (!group.empty() && option->get_group() == kUsualGroup) option->group(group);
    const auto owned = std::ranges::find(options_, option, &Owned::option);
    owned != options_.end() ? owned->schemes.push_back(scheme)
                            : options_.push_back({option, {scheme}});
  }
}

void DoorOptions::check(
    const std::function<std::string(Scheme, const std::string&)>& why_not) const {
  for (const auto& [option, schemes] : options_) {
    if (option->count() == 0) continue;
    std::string names, whys;
    bool is_on = false;
    for (const Scheme scheme : schemes) {
      const std::string why = why_not(scheme, option->get_name());
      is_on = is_on || why.empty();
      names += (names.empty() ? "" : " and ") + std::string(name(scheme));
      if (whys != why) whys += (whys.empty() ? "" : ", ") + why;
    }
    if (is_on) continue;
    const std::string about = option->get_description();
    throw Stop(kUsage, fmt::format("{} is an option of {} ({}); {}", option->get_name(), names,
                                   about.substr(0, about.find_first_of(":;")), whys));
  }
}

}  // namespace updraft::cli
