// Applies a patch on a desk as a device would, ours or one of esp_delta_ota.
#pragma once
#include <vector>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::diff {

bool is_esp_patch(Bytes patch);

// Either kind. Errors: those of the device's stage.
Result<std::vector<std::byte>> apply_any_patch(Bytes old_image, Bytes patch);

}  // namespace updraft::diff
