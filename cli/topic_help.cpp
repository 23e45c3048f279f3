#include "cli/topic_help.hpp"

#include <algorithm>
#include <ranges>

namespace updraft::cli {
namespace {

// All that stands behind the command and is no option.
std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_positional()) continue;
    words.insert(words.end(), option->results().begin(), option->results().end());
  }
  return words;
}

}  // namespace

// A URL asks for what its word does, and TARGET's before FILE's.
const HelpTopic* TopicHelp::asked(const CLI::App& app) const {
  for (const std::string& word : words_of(app) | std::views::reverse) {
    const std::string first = word.substr(0, word.find(':'));
    for (const HelpTopic& topic : topics_) {
      if (std::ranges::find(topic.words, first) != topic.words.end()) return &topic;
    }
  }
  return nullptr;
}

std::string TopicHelp::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  const HelpTopic* const topic = asked(*app);
  if (topic != nullptr) {
    return write(*app, name, {topic->has, topic->arguments, topic->footer});
  }
  View brief = everything(*app);
  brief.shows = [this](const CLI::Option& option) { return !hides_(option); };
  brief.footer = footer_;
  return write(*app, name, brief);
}

}  // namespace updraft::cli
