#include "host/dump/secure_boot.hpp"

#include <algorithm>

#include "engine/format/crc32.hpp"
#include "engine/format/image.hpp"
#include "engine/format/signature_sector.hpp"

namespace updraft::dump {
namespace {

constexpr std::uint8_t kMagic = 0xE7;
constexpr std::size_t kDigestAt = 4, kCrcAt = 1196;

// The fields that make the key's identity, by version and curve.
struct Scheme {
  std::uint8_t version, hash;
  std::size_t curve_at;
  std::uint8_t curve;
  std::string_view name;
  std::size_t key_at, key_bytes;
};
constexpr Scheme kSchemes[] = {
    {2, 0, 0, 0, "RSA-3072", 36, 776},
    {3, 0, 36, 1, "ECDSA P-192", 36, 65},
    {3, 0, 36, 2, "ECDSA P-256", 36, 65},
    {3, 1, 52, 3, "ECDSA P-384", 52, 97},
};

const Scheme* scheme_of(Bytes block) {
  for (const Scheme& row : kSchemes) {
    if (load_u8(block, 1) != row.version || load_u8(block, 2) != row.hash) continue;
    if (row.curve_at == 0 || load_u8(block, row.curve_at) == row.curve) return &row;
  }
  return nullptr;
}

// As a device that pins this very key would find it.
std::optional<bool> verify(Bytes block, const crypto::Sha256Digest& image,
                           const crypto::Sha256Digest& key) {
  const Result<> verdict = format::verify_signature_sector(block, image, {&key, 1});
  if (verdict) return true;
  if (verdict.error().code == Code::signature_invalid) return false;
  return std::nullopt;
}

SignatureBlock read_block(Bytes block, Bytes before) {
  SignatureBlock read{.scheme = "unknown", .key_digest = {}, .verifies = std::nullopt};
  const crypto::Sha256Digest image = crypto::sha256(before);
  read.crc_right = load_le32(block, kCrcAt) == format::crc32(block.first(kCrcAt), 0);
  const Scheme* const scheme = scheme_of(block);
  if (scheme == nullptr) return read;
  read.scheme = scheme->name;
  read.key_digest = crypto::sha256(block.subspan(scheme->key_at, scheme->key_bytes));
  // P-384 signs a SHA-384, which is not computed here.
  read.digest_right = scheme->hash != 0 || std::ranges::equal(block.subspan(kDigestAt, 32), image);
  read.verifies = verify(block, image, read.key_digest);
  return read;
}

}  // namespace

std::vector<SignatureBlock> signature_blocks(Bytes file, std::uint32_t length) {
  std::vector<SignatureBlock> blocks;
  const auto sector = static_cast<std::size_t>(align_up(length, format::kSignatureSectorBytes));
  for (std::size_t i = 0; i < kMaxSignatureBlocks; ++i) {
    const std::size_t at = sector + i * kSignatureBlockBytes;
    if (at + kSignatureBlockBytes > file.size() || load_u8(file, at) != kMagic) break;
    blocks.push_back(read_block(file.subspan(at, kSignatureBlockBytes), file.first(sector)));
  }
  return blocks;
}

}  // namespace updraft::dump
