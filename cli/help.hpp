// Help, completions and manual pages, all written from the options as the commands declare them.
#pragma once
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace updraft::cli {

// Wrapped at the terminal's width, in words of people; headings in bold where colour is wanted.
class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override;

 protected:
  // What a help shows of its command.
  struct View {
    std::function<bool(const CLI::Option&)> shows;      // of its options
    std::vector<std::array<std::string, 2>> arguments;  // a name, and what stands for it
    std::string footer;
  };
  static View everything(const CLI::App& app);
  static std::string write(const CLI::App& app, const std::string& name, const View& view);
};

// What stands for an option's value: "PORT", "N"; empty: it takes none.
std::string value_of(const CLI::Option& option);
// What it does, with its default.
std::string described(const CLI::Option& option);
// Its arguments as they are typed: "FILE [TARGET]".
std::string arguments_of(const CLI::App& app);
// "updraft image make", or with another sign between.
std::string full_name(const CLI::App& app, char between);

// `updraft completion bash|zsh|fish` and `updraft man [COMMAND...]`.
void add_completion(CLI::App& app);
void add_man(CLI::App& app);

}  // namespace updraft::cli
