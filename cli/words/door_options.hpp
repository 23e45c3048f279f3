// Which options of a command belong to which protocol, so that one that does nothing is refused.
#pragma once
#include <functional>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/protocols.hpp"

namespace updraft::cli {

class DoorOptions {
 public:
  // What `add` adds to the command is the protocol's; `group`: of those that name none.
  void add(CLI::App& command, Scheme scheme, const std::string& group,
           const std::function<void(CLI::App&)>& add);

  // Once the command line is read. `why_not` returns what would switch a protocol on; empty: it is
  // on. Throws Stop(kUsage) for an option that was given and whose protocol is not on.
  void check(const std::function<std::string(Scheme)>& why_not) const;

 private:
  struct Owned {
    const CLI::Option* option;
    Scheme scheme;
  };
  std::vector<Owned> options_;
};

}  // namespace updraft::cli
