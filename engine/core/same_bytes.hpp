// Whether two runs of bytes are alike: one call instead of a loop at each place that asks. Not for
// secrets, as its time tells where they differ (crypto/secret.hpp).
#pragma once
#include "updraft/bytes.hpp"

namespace updraft {

bool same_bytes(Bytes a, Bytes b);

}  // namespace updraft
