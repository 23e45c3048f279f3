#include "cli/command.hpp"

namespace updraft::cli {

char**& program_arguments() {
  static char** arguments = nullptr;
  return arguments;
}

}  // namespace updraft::cli
