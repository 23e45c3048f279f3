// Files with private keys, which stay where they are.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::host {

// `content`: of a whole file.
bool is_private_key(Bytes content);

}  // namespace updraft::host
