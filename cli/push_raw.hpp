// `updraft push FILE raw://HOST`: one stream to a device that listens, which brings no answer.
#pragma once
#include <optional>

#include "cli/push_payload.hpp"
#include "cli/words/url.hpp"
#include "protocols/raw/raw_cipher.hpp"

namespace updraft::cli {

struct RawPush {
  PushFile file;
  Url target;
  std::optional<link::RawCipher> cipher;
  unsigned wait_seconds = 10;
  bool json = false;
};

// Returns the exit status; throws Stop.
int push_raw(const RawPush& push);

}  // namespace updraft::cli
