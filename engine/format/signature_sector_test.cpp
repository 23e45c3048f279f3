// The three images of spec/suit.md section 9.
#include "engine/format/signature_sector.hpp"

#include <gtest/gtest.h>

#include "engine/format/crc32.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

constexpr std::size_t kSectorAt = 4096;
constexpr const char* kEcdsaKey =
    "22c0e75fe0b05910a2d435e9fc0f45219053cb8451fea32671242939b3f61cb7";
constexpr const char* kRsaKey = "0f766f847f99a3ad3148f7fa219b665e1795fdeaa47af3a75013e67ba177d2be";

crypto::Sha256Digest digest(const char* hex) {
  crypto::Sha256Digest digest;
  std::ranges::copy(golden::from_hex(hex), digest.begin());
  return digest;
}

struct Case {
  const char* file;
  const char* key;
  std::size_t block;  // the one of the key
};
constexpr Case kCases[] = {{"demo-1.2.3-ecdsa.bin", kEcdsaKey, 0},
                           {"demo-1.2.3-rsa3072.bin", kRsaKey, 0},
                           {"demo-1.2.3-rsa3072-second.bin", kRsaKey, 1}};

std::vector<std::byte> file(const Case& row) {
  const std::string content = golden::text(std::string("sbv2/") + row.file);
  const Bytes bytes = as_bytes(content);
  return {bytes.begin(), bytes.end()};
}

Result<> verdict(Bytes image, std::span<const crypto::Sha256Digest> pinned) {
  return verify_signature_sector(image.subspan(kSectorAt), crypto::sha256(image.first(kSectorAt)),
                                 pinned);
}

// A block whose content was changed says so by its CRC: it gets a right one again.
void mend_crc(std::vector<std::byte>& image, std::size_t block) {
  const auto bytes =
      MutableBytes(image).subspan(kSectorAt + block * kSignatureBlockBytes, kSignatureBlockBytes);
  store_le32(bytes, 1196, crc32(bytes.first(1196)));
}

TEST(SignatureSector, TakesWhatAPinnedKeySigned) {
  for (const Case& row : kCases) {
    const auto image = file(row);
    const crypto::Sha256Digest pinned[] = {digest("11*32"), digest(row.key)};
    EXPECT_TRUE(verdict(image, pinned)) << row.file;
    EXPECT_EQ(verdict(image, {pinned, 1}).error().code, Code::key_unknown) << row.file;
    EXPECT_EQ(verdict(image, {}).error().code, Code::key_unknown) << row.file;
  }
}

TEST(SignatureSector, SeesEveryPartThatCounts) {
  for (const Case& row : kCases) {
    const crypto::Sha256Digest pinned[] = {digest(row.key)};
    const std::size_t block = kSectorAt + row.block * kSignatureBlockBytes;
    const bool rsa = std::string_view(row.key) == kRsaKey;
    const auto code_with = [&](std::size_t at, bool mended) {
      auto image = file(row);
      image[at] ^= std::byte{1};
      if (mended) mend_crc(image, row.block);
      return verdict(image, pinned).error().code;
    };
    EXPECT_EQ(code_with(100, false), Code::signature_invalid) << "the image, " << row.file;
    EXPECT_EQ(code_with(4000, false), Code::signature_invalid) << "the gap, " << row.file;
    EXPECT_EQ(code_with(block + 4, true), Code::signature_invalid) << "its digest, " << row.file;
    EXPECT_EQ(code_with(block + 40, true), Code::key_unknown) << "the key, " << row.file;
    EXPECT_EQ(code_with(block + (rsa ? 900 : 110), true), Code::signature_invalid) << row.file;
    EXPECT_EQ(code_with(block + 1000, false),
              row.block == 0 ? Code::unsigned_image : Code::key_unknown)
        << "a block with a wrong CRC is none, " << row.file;
  }
}

TEST(SignatureSector, WithoutABlockItIsUnsigned) {
  const std::vector<std::byte> blank(8192, std::byte{0xFF});
  EXPECT_EQ(verdict(blank, {}).error().code, Code::unsigned_image);
  EXPECT_EQ(verdict(Bytes(blank).first(kSectorAt + 100), {}).error().code, Code::unsigned_image);
}

}  // namespace
}  // namespace updraft::format
