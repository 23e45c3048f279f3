// What of a build goes to a device, by what the device says of itself: the difference to a build
// that this computer has pushed before and that runs there, else the image packed, else as it is;
// whatever is least. It is told before it is sent.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/push/push_payload.hpp"
#include "host/push/build_cache.hpp"
#include "host/push/ended.hpp"

namespace updraft::cli {

class Cheapest {
 public:
  // How a link goes on after a cut. By the digests of an image's chunks: packing would lose them.
  enum class AfterCut : std::uint8_t { begins_again, at_a_place, by_chunks };

  // All outlive it. `image`: what the file has.
  Cheapest(const PushFile& file, Bytes image, AfterCut after_cut, const Output& out);

  // There is a choice: it is an image, and nobody said how it goes.
  static bool has_choice(const PushFile& file, Bytes image);

  // It stays where it is until the next call. Throws Stop, host::Trouble: it cannot be signed.
  Bytes choose(const host::DeviceStatus& device);

  // After a push that ended so: the device wanted the image, and not this way. Then choose() gives
  // another one.
  bool falls_back(const host::Ended& ended);

 private:
  enum class Way : std::uint8_t { plain, packed, delta };

  std::vector<std::byte> least(const host::DeviceStatus& device);
  std::optional<std::vector<std::byte>> difference(const host::DeviceStatus& device) const;
  std::optional<std::vector<std::byte>> packed_for(const host::DeviceStatus& device) const;
  void tell(const host::DeviceStatus& device, std::size_t bytes) const;

  const PushFile& file_;
  Bytes image_;
  AfterCut after_cut_;
  const Output& out_;
  host::BuildCache builds_;
  std::string digest_;  // as a device tells it; empty: not known
  Way way_ = Way::plain;
  bool may_patch_ = true, may_pack_ = true;
  std::vector<std::byte> sent_;
};

// Keeps what was pushed for the next time, if it is a build: a file, not a URL, and nothing that is
// wrapped in something else.
void keep_build(const PushFile& file);

}  // namespace updraft::cli
