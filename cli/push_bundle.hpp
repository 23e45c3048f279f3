// `updraft push DIR bundle://HOST`: many files at once, to a device that knows the password.
#pragma once
#include <string>

#include "cli/words/password.hpp"
#include "cli/words/url.hpp"

namespace updraft::cli {

struct BundlePush {
  std::string dir;
  Url target;
  PasswordOptions password;
  unsigned wait_seconds = 10;
  bool json = false;
};

// Returns the exit status; throws Stop.
int push_bundle(const BundlePush& options);

}  // namespace updraft::cli
