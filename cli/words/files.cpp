#include "cli/words/files.hpp"

#include <sys/stat.h>

#include "cli/words/output.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/desk/private_key.hpp"

namespace updraft::cli {

void refuse_private_key(Bytes content, const std::string& name) {
  if (!host::is_private_key(content)) return;
  throw Stop(kRefused,
             printable(name) + " holds a private key, and stays here; send the app's .bin");
}

void warn_if_others_can_read(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    Output::warn(path + " can be read by others; chmod 600 it");
  }
}

}  // namespace updraft::cli
