#include "cli/words/files.hpp"

#include <sys/stat.h>

#include "cli/words/output.hpp"

namespace updraft::cli {

void warn_if_others_can_read(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    Output::warn(path + " can be read by others; chmod 600 it");
  }
}

}  // namespace updraft::cli
