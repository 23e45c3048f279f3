// Pushing a bundle, many files in one update, to a device that knows the password.
#pragma once
#include <string>

#include "host/push/push_method.hpp"

namespace updraft::host {

class BundlePush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kBundle; }
  // The payload is the stream of a Bundle.
  Ended push(const PushTo& to, Payload& payload) override;

  std::string password;
  std::string metadata;  // of the same Bundle
};

}  // namespace updraft::host
