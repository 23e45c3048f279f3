// What is this file? By its first bytes where they say it, else by what it is made of.
#pragma once
#include <optional>

#include "updraft/bytes.hpp"

#include "host/files/kinds.hpp"

namespace updraft::files {

// `file` is the whole of it. Looks at the ends of large files, and all of them only for what no
// sign tells; never more than once.
Kind recognise(Bytes file);

}  // namespace updraft::files
