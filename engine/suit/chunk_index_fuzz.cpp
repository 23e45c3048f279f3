// Indexes of any shape over any transfer.
//
// Input: bytes 0 to 7 are the size that the manifest says, byte 8 how many pages it has; the rest
// is the transfer, whose true index is made here.
#include <vector>

#include "engine/crypto/digest.hpp"
#include "engine/suit/chunk_index.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

std::vector<std::byte> leaves(Bytes bytes, bool as_items) {
  std::vector<std::byte> out;
  for (std::size_t at = 0; at < bytes.size(); at += suit::kChunkBytes) {
    const auto leaf = crypto::sha256(at_most(bytes.subspan(at), suit::kChunkBytes));
    if (as_items) out.insert(out.end(), {std::byte{0x58}, std::byte{0x20}});
    out.insert(out.end(), leaf.begin(), leaf.end());
  }
  return out;
}

void run(Bytes input) {
  if (input.size() < 9) return;
  const std::uint64_t said = load_be(input.first(8));
  const Bytes transfer = input.subspan(9);
  const std::vector<std::byte> index = leaves(transfer, false);
  std::vector<std::byte> pages = leaves(index, true);
  pages.resize(std::size_t{load_u8(input, 8)} % (suit::kMaxPages + 1) * 34);
  const suit::ChunkIndex chunks(said, pages);
  if (!chunks.complete()) return;
  check(chunks.pages() <= suit::kMaxPages && said <= 16 << 20, "within the limits");
  for (std::uint64_t chunk = 0; chunk < chunks.chunks(); ++chunk) {
    const auto page = static_cast<std::size_t>(chunk / suit::kLeavesOnPage);
    const Bytes leaves_of = at_most(
        Bytes(index).subspan(std::min(index.size(), page * suit::kPageBytes)), suit::kPageBytes);
    if (!chunks.check_page(page, leaves_of)) return;
    const std::size_t at = static_cast<std::size_t>(chunk) * suit::kChunkBytes;
    const Bytes content =
        at_most(transfer.subspan(std::min(transfer.size(), at)), suit::kChunkBytes);
    if (chunks.check_chunk(chunk, content, leaves_of)) {
      check(content.size() == chunks.chunk_bytes(chunk), "a chunk of the right size alone");
    }
  }
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
