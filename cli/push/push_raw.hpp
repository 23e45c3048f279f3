// `updraft push FILE raw://HOST`: one stream to a device that listens, which brings no answer.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/words/cipher_options.hpp"

namespace updraft::cli {

class RawPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kRaw; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  int push(const PushJob& job) override;

 private:
  SharedCipher cipher_;
  std::string confirm_at_;
  std::string bound_to_;  // the device's listener is, to this data partition
};

}  // namespace updraft::cli
