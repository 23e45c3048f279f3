// Thrown to end a command for a reason that a person can understand.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/words/output.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::cli {

inline Status status_of(const host::Trouble& trouble) {
  switch (trouble.kind) {
    case host::Trouble::Kind::usage:
      return kUsage;
    case host::Trouble::Kind::refused:
      return kRefused;
    case host::Trouble::Kind::failed:
      break;
  }
  return kFailed;
}

// main() prints it and exits with `status`. `code` is what a result event says: "local" for what
// concerns this machine alone.
class Stop : public std::runtime_error {
 public:
  Stop(Status how, const std::string& what) : std::runtime_error(what), status(how) {}
  explicit Stop(const host::Trouble& trouble) : Stop(status_of(trouble), trouble.what()) {}
  Stop(const Error& why, const std::string& what)
      : std::runtime_error(what), status(status_of(why)), code(name(why.code)) {}
  // With lines below it, for people alone: what to write into a file.
  Stop(Status how, const std::string& what, std::string_view below) : Stop(how, what) {
    more = below;
  }
  Status status;
  std::string_view code = "local";
  std::string_view more;  // a constant of the program, never somebody's text
};

}  // namespace updraft::cli
