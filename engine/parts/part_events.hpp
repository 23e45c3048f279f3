// What a product hears of its data partitions, and is asked about them.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::parts {

enum class PartState : std::uint8_t {
  staged,      // received and verified: the next start brings it into its place
  copying,     // it is being brought there
  ready,       // the running app finds the data that it is bound to
  incomplete,  // half of it was received in place; send it again
  waiting,   // it cannot be brought yet: the app is not confirmed, the product needs what is there,
             // or there is no room to go back
  restored,  // the data that the running app is bound to was brought back
};
std::string_view name(PartState state);

struct PartNews {
  std::string_view label;
  PartState state = PartState::ready;
  crypto::Sha256Digest digest{};  // of the content; all 0: not known
  std::uint32_t bytes = 0;        // of it
};

// That a product keeps over the replacement of one partition, at most: settings, not files.
inline constexpr std::uint32_t kKeptBytes = 16 * 1024;

// All calls come from within those of PartKeeper and PartUpdater: return soon, call nothing back.
class PartEvents {
 public:
  virtual void on_part(const PartNews&) {}
  // Whether an update may write there now: not on a low battery, for example.
  virtual bool may_write(std::string_view /*label*/) { return true; }
  // All of the partition will be replaced by what was staged. What the product puts into `room`,
  // from `offset` of all that it keeps on, is handed back once the new content is there; returns
  // how many bytes that is. 0: no more. Asked until then, or until there are kKeptBytes.
  virtual std::size_t on_replacing(std::string_view /*label*/, std::uint32_t /*offset*/,
                                   MutableBytes /*room*/) {
    return 0;
  }
  // It is there, and mounted: what was kept, piece by piece; an empty one is the end. True for all:
  // it is written back, and forgotten. False: it comes again, from the beginning, at the next
  // start.
  virtual bool on_replaced(std::string_view /*label*/, std::uint32_t /*offset*/, Bytes /*kept*/) {
    return true;
  }
  // The partition is about to be written while the product runs: what is received in place, or is
  // brought there now; of a pair the other copy is the product's from now on. False: it is in use,
  // and stays.
  virtual bool on_unmount(std::string_view /*label*/) { return true; }
  // That is over; `complete`: what is there is whole.
  virtual void on_mount(std::string_view /*label*/, bool /*complete*/) {}

 protected:
  ~PartEvents() = default;
};

}  // namespace updraft::parts
