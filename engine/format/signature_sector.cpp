#include "engine/format/signature_sector.hpp"

#include "engine/crypto/signature.hpp"
#include "engine/format/crc32.hpp"
#include "engine/format/image.hpp"

namespace updraft::format {
namespace {

constexpr std::uint8_t kMagic = 0xE7, kRsaVersion = 2, kEcdsaVersion = 3, kCurveP256 = 2;
constexpr std::size_t kHashKindAt = 2, kDigestAt = 4, kKeyAt = 36, kCrcAt = 1196;
constexpr std::size_t kRsaKeyBytes = 776, kEcKeyBytes = 65;
constexpr std::size_t kModulusAt = 36, kExponentAt = 420, kRsaSignatureAt = 812;
constexpr std::size_t kPointAt = 37, kEcSignatureAt = 101, kNumber = 32;

// A block stores its numbers with the lowest byte first.
template <std::size_t N>
std::array<std::byte, N> turned(Bytes field) {
  std::array<std::byte, N> number;
  std::ranges::reverse_copy(field.first(N), number.begin());
  return number;
}

std::array<std::byte, 2 * kNumber> turned_pair(Bytes field) {
  std::array<std::byte, 2 * kNumber> pair;
  std::ranges::reverse_copy(field.first(kNumber), pair.begin());
  std::ranges::reverse_copy(field.subspan(kNumber, kNumber), pair.begin() + kNumber);
  return pair;
}

bool is_block(Bytes block) {
  const std::uint8_t version = load_u8(block, 1);
  return load_u8(block, 0) == kMagic && (version == kRsaVersion || version == kEcdsaVersion) &&
         load_le32(block, kCrcAt) == crc32(block.first(kCrcAt));
}

// What names the key; empty: of a kind that is not verified here.
Bytes key_fields(Bytes block) {
  if (load_u8(block, 1) == kRsaVersion) return block.subspan(kKeyAt, kRsaKeyBytes);
  const bool p256 = load_u8(block, kHashKindAt) == 0 && load_u8(block, kKeyAt) == kCurveP256;
  return p256 ? block.subspan(kKeyAt, kEcKeyBytes) : Bytes{};
}

bool verifies(Bytes block, const crypto::Sha256Digest& image) {
  if (!std::ranges::equal(block.subspan(kDigestAt, image.size()), image)) return false;
  if (load_u8(block, 1) == kEcdsaVersion) {
    return crypto::verify_p256(turned_pair(block.subspan(kPointAt)), image,
                               turned_pair(block.subspan(kEcSignatureAt)));
  }
  return crypto::verify_rsa_pss(turned<crypto::kRsaModulusBytes>(block.subspan(kModulusAt)),
                                load_le32(block, kExponentAt), image,
                                turned<crypto::kRsaModulusBytes>(block.subspan(kRsaSignatureAt)));
}

}  // namespace

std::uint64_t signature_sector_at(std::uint32_t image_length) {
  return align_up(image_length, kSignatureSectorBytes);
}

Result<> verify_signature_sector(Bytes sector, const crypto::Sha256Digest& image,
                                 std::span<const crypto::Sha256Digest> pinned) {
  bool any = false;
  for (std::size_t i = 0; i < kMaxSignatureBlocks; ++i) {
    if ((i + 1) * kSignatureBlockBytes > sector.size()) break;
    const Bytes block = sector.subspan(i * kSignatureBlockBytes, kSignatureBlockBytes);
    if (!is_block(block)) continue;
    any = true;
    const Bytes fields = key_fields(block);
    if (fields.empty() || std::ranges::find(pinned, crypto::sha256(fields)) == pinned.end()) {
      continue;
    }
    if (verifies(block, image)) return {};
    return fail(Code::signature_invalid, Where::image, i, kMaxSignatureBlocks);
  }
  return fail(any ? Code::key_unknown : Code::unsigned_image, Where::image);
}

}  // namespace updraft::format
