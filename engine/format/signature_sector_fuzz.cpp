// Signature sectors of any content, whose keys are all pinned: the fuzzer's way past them.
//
// Input: bytes 0 to 31 are the digest of the image; the rest is the sector. Its CRCs are made
// right.
#include <vector>

#include "engine/format/crc32.hpp"
#include "engine/format/signature_sector.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

void run(Bytes input) {
  if (input.size() < 32) return;
  crypto::Sha256Digest image;
  std::ranges::copy(input.first(32), image.begin());
  std::vector<std::byte> sector(input.begin() + 32, input.end());
  std::vector<crypto::Sha256Digest> pinned;
  for (std::size_t i = 0; i < format::kMaxSignatureBlocks; ++i) {
    if ((i + 1) * format::kSignatureBlockBytes > sector.size()) break;
    const auto block = MutableBytes(sector).subspan(i * format::kSignatureBlockBytes,
                                                    format::kSignatureBlockBytes);
    store_le32(block, 1196, format::crc32(block.first(1196)));
    pinned.push_back(crypto::sha256(block.subspan(36, 776)));
    pinned.push_back(crypto::sha256(block.subspan(36, 65)));
  }
  const Result<> verdict = format::verify_signature_sector(sector, image, pinned);
  check(!format::verify_signature_sector(sector, image, {}),
        "without pinned keys nothing is signed");
  if (!verdict) return;
  bool holds = false;
  for (std::size_t i = 0; i * 2 < pinned.size(); ++i) {
    const Bytes block = Bytes(sector).subspan(i * format::kSignatureBlockBytes);
    holds = holds || std::ranges::equal(block.subspan(4, 32), image);
  }
  check(holds, "a block that is taken names the image");
  sector[36] ^= std::byte{1};
  image[0] ^= std::byte{1};
  check(!format::verify_signature_sector(sector, image, pinned), "and no other image");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
