#include "protocols/link/sealing_source.hpp"

#include <algorithm>

namespace updraft::link {

using crypto::kAesBlock;

std::size_t SealingSource::read(MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const MutableBytes room = out.subspan(done);
    if (sealed_.empty() && room.size() >= kAesBlock) {
      const std::size_t size = seal(room.first(room.size() / kAesBlock * kAesBlock));
      if (size == 0) break;
      done += size;
      continue;
    }
    if (sealed_.empty()) sealed_ = Bytes(block_).first(seal(block_));
    if (sealed_.empty()) break;
    const Bytes part = at_most(sealed_, room.size());
    std::ranges::copy(part, room.begin());
    sealed_ = sealed_.subspan(part.size());
    done += part.size();
  }
  return done;
}

// Fewer bytes than there is room for come only at the end; what is missing in the last block is FF.
std::size_t SealingSource::seal(MutableBytes blocks) {
  const std::size_t size = plain_.read(blocks);
  const MutableBytes filled = blocks.first(static_cast<std::size_t>(align_up(size, kAesBlock)));
  std::ranges::fill(filled.subspan(size), std::byte{0xFF});
  if (!filled.empty()) aes_.process(filled, filled);
  return filled.size();
}

}  // namespace updraft::link
