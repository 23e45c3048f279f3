// Takes a KeySet in pieces of any size and, when it is whole, puts it in the place of the one that
// the device holds, or makes it the first one: whether that may come here, its owner has asked
// (spec/suit.md section 7). Touches no slot.
#pragma once
#include "engine/signing/room.hpp"
#include "engine/signing/signing_memory.hpp"
#include "engine/suit/key_set.hpp"
#include "engine/update/signing.hpp"

namespace updraft {

// Errors: those of suit::KeySet::read() and suit::check_change(), malformed for bytes that follow,
// flash.
class KeySetStage final : public pipeline::Sink {
 public:
  // All outlive it.
  KeySetStage(SigningMemory& memory, SigningRoom& room, Observer& observer)
      : memory_(memory), room_(room), observer_(observer) {}

  void reset(std::size_t padding);
  Result<> push(Bytes chunk) override;
  Result<> finish() override;

 private:
  Result<> take(Bytes bytes, const suit::KeySet& offered);

  SigningMemory& memory_;
  SigningRoom& room_;
  Observer& observer_;
  std::size_t padding_ = 0;
  std::size_t filled_ = 0;      // of the room's page
  std::uint64_t received_ = 0;  // all, also what did not fit
};

}  // namespace updraft
