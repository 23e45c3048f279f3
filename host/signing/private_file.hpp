// Files with keys in them.
#pragma once
#include <string>

#include "updraft/bytes.hpp"

namespace updraft::host {

// A new file that only its owner may read. Throws Trouble, also where there is one already: it may
// be the only copy of a key.
void write_private_file(const std::string& path, Bytes bytes);

}  // namespace updraft::host
