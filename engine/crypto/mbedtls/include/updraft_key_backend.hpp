// Mbed TLS's contexts as the backend of private keys: each kind of key has its own, and knows it.
#pragma once

namespace updraft::crypto {
struct KeyState {
  void* key = nullptr;
};
}  // namespace updraft::crypto
