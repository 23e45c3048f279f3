// Going back to an older version by an update: refused by its secure version always, by its version
// where the product asks for it (Policy::is_older).
#pragma once
#include "updraft/flash.hpp"
#include "updraft/policy.hpp"

namespace updraft {

// `head`: the first format::kImageHeadBytes of the image that came; `running`: the slot of the one
// that runs. Images without an app descriptor have no version. Versions of another product are not
// compared. Errors: secure_version_low, downgrade.
Result<> judge_downgrade(Bytes head, Flash& running, IsOlder* is_older);

}  // namespace updraft
