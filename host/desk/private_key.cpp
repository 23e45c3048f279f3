#include "host/desk/private_key.hpp"

#include "ports/linux/private_key_file.hpp"

namespace updraft::host {

bool is_private_key(Bytes content) {
  return linux_port::holds_private_key(as_text(at_most(content, linux_port::kMostKeyFile)));
}

}  // namespace updraft::host
