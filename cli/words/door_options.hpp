// Which options of a command belong to which protocol, so that one that does nothing is refused.
#pragma once
#include <functional>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/protocols.hpp"

namespace updraft::cli {

class DoorOptions {
 public:
  // What `add` adds to the command is the protocol's; `group`: of those that name none. An option
  // that is there already and that `add` shares (shared_option.hpp) or describes anew is of both
  // protocols.
  void add(CLI::App& command, Scheme scheme, const std::string& group,
           const std::function<void(CLI::App&)>& add);

  bool has(const CLI::Option& option) const;  // it is a protocol's
  bool has(const CLI::Option& option, Scheme scheme) const;

  // Once the command line is read. `why_not` returns what would give a protocol a use for that
  // option; empty: it has one. Throws Stop(kUsage) for an option that was given and has no use.
  void check(const std::function<std::string(Scheme, const std::string& option)>& why_not) const;

 private:
  struct Owned {
    const CLI::Option* option;
    std::vector<Scheme> schemes;
  };
  std::vector<Owned> options_;
};

}  // namespace updraft::cli
