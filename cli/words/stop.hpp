// Thrown to end a command for a reason that a person can understand.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/words/output.hpp"

namespace updraft::cli {

// main() prints it and exits with `status`. `code` is what a result event says: "local" for what
// concerns this machine alone.
class Stop : public std::runtime_error {
 public:
  Stop(Status how, const std::string& what) : std::runtime_error(what), status(how) {}
  Stop(const Error& why, const std::string& what)
      : std::runtime_error(what), status(status_of(why)), code(name(why.code)) {}
  Status status;
  std::string_view code = "local";
};

}  // namespace updraft::cli
