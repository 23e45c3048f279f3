#include "cli/words/shared_option.hpp"

namespace updraft::cli {

CLI::Option* share(CLI::App& command, const std::string& name, const std::string& who,
                   const std::function<CLI::Option*()>& make) {
  CLI::Option* const option = command.get_option_no_throw(name);
  if (option == nullptr) return make()->option_text(who);
  return option->option_text(option->get_option_text() + ", " + who);
}

}  // namespace updraft::cli
