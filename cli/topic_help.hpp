// The help of a command with more options than a screen has lines: short, and with a word behind
// it (`updraft push --help mqtt`, `updraft help push mqtt`) what belongs to that. The manual page
// and the completions have all of it.
#pragma once
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/help.hpp"

namespace updraft::cli {

struct HelpTopic {
  std::vector<std::string> words;               // any of them asks for it: "mqtt", "mqtts"
  std::function<bool(const CLI::Option&)> has;  // its options
  std::vector<std::array<std::string, 2>>
      arguments;       // instead of the command's: "TARGET", "mqtt://..."
  std::string footer;  // whole lines
};

class TopicHelp final : public Help {
 public:
  // `hides`: what the short form leaves out; `footer`: below it, whole lines.
  TopicHelp(std::vector<HelpTopic> topics, std::function<bool(const CLI::Option&)> hides,
            std::string footer)
      : topics_(std::move(topics)), hides_(std::move(hides)), footer_(std::move(footer)) {}
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  const HelpTopic* asked(const CLI::App& app) const;

  std::vector<HelpTopic> topics_;
  std::function<bool(const CLI::Option&)> hides_;
  std::string footer_;
};

}  // namespace updraft::cli
