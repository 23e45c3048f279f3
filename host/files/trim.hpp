// What of a file is sent: an image without the padding that tools put after it.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::files {

// An application image up to its own end, and with its signature sector where it has one, if
// nothing but FF and 00 follows. Anything else is handed back as it is.
Bytes without_padding(Bytes file);

}  // namespace updraft::files
