// What is inside a pre-encrypted image.
#pragma once
#include <vector>

#include "engine/format/sealed_keys.hpp"

namespace updraft::host {

// Errors: as a device would judge the container; wrong_key also if the tag is wrong
// and the start of the content makes no sense.
Result<std::vector<std::byte>> open_sealed(Bytes file, format::SealedKeys& keys);

}  // namespace updraft::host
