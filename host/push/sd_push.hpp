// Putting an update onto a card: into a folder of this computer, under the file's own name, with
// its digest beside it. A device that looks while it is written finds nothing, and then all of it.
#pragma once
#include <optional>

#include "host/push/push_method.hpp"
#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

class SdPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kSd; }
  // Errors: unreachable (`found`: errno, of the folder or of a file in it).
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::LinkCipher> cipher;
  std::string name;  // of the file: card_name()
};

// What a file is called on a card: the end of its path or URL, in letters that every card knows,
// with .bin behind it if a device would not look at it else. "-": update.bin.
std::string card_name(std::string_view source);

}  // namespace updraft::host
