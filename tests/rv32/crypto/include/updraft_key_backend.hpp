// TEST ONLY: no private keys here; nothing that is linked uses one.
#pragma once

namespace updraft::crypto {
struct KeyState {
  const void* key = nullptr;
};
}  // namespace updraft::crypto
