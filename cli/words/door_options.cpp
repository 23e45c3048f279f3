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
  const auto said = [](const CLI::Option& option) {
    return option.get_description() + "\n" + option.get_option_text();
  };
  std::map<const CLI::Option*, std::string> before;
  for (const CLI::Option* const option : command.get_options()) before[option] = said(*option);
  add(command);
  for (CLI::Option* const option : command.get_options()) {
    const auto known = before.find(option);
    if (known != before.end() && known->second == said(*option)) continue;
    if (option->get_option_text().empty()) option->option_text(std::string(name(scheme)));
    if (!group.empty() && option->get_group() == kUsualGroup) option->group(group);
    const auto owned = std::ranges::find(options_, option, &Owned::option);
    owned != options_.end() ? owned->schemes.push_back(scheme)
                            : options_.push_back({option, {scheme}});
  }
}

bool DoorOptions::has(const CLI::Option& option) const {
  return std::ranges::find(options_, &option, &Owned::option) != options_.end();
}

bool DoorOptions::has(const CLI::Option& option, Scheme scheme) const {
  const auto owned = std::ranges::find(options_, &option, &Owned::option);
  return owned != options_.end() &&
         std::ranges::find(owned->schemes, scheme) != owned->schemes.end();
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
