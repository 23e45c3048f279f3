// Kinds that their first bytes tell.
#pragma once
#include <optional>

#include "updraft/bytes.hpp"

#include "host/files/kinds.hpp"

namespace updraft::files {

std::optional<Kind> by_signature(Bytes file);

}  // namespace updraft::files
