#include "engine/format/sealed_header.hpp"

#include <algorithm>

#include "engine/crypto/gcm.hpp"

namespace updraft::format {
namespace {

constexpr std::size_t kKeyAt = 4;
constexpr std::size_t kIvAt = kKeyAt + kWrappedKeyBytes;
constexpr std::size_t kLengthAt = kIvAt + crypto::kGcmIvBytes;
constexpr std::size_t kTagAt = kLengthAt + 4;
static_assert(kIvAt == 388 && kLengthAt == 404 && kTagAt == 408);

Seal scheme_of(Bytes wrapped_key) {
  const Bytes rest = wrapped_key.subspan(kSenderPointBytes + kSealSaltBytes);
  const bool zeros = std::ranges::all_of(rest, [](std::byte b) { return b == std::byte{0}; });
  return zeros ? Seal::ecies : Seal::rsa;
}

}  // namespace

std::string_view name(Seal scheme) { return scheme == Seal::rsa ? "rsa" : "ecies"; }

Result<SealedHeader> parse_sealed_header(Bytes bytes, std::uint64_t limit) {
  if (bytes.size() < kSealedHeaderBytes) {
    return fail(Code::malformed, Where::gate, bytes.size(), kSealedHeaderBytes);
  }
  const std::uint32_t magic = load_le32(bytes, 0);
  if (magic != kSealedMagic) return fail(Code::malformed, Where::gate, magic, kSealedMagic);
  const std::uint32_t length = load_le32(bytes, kLengthAt);
  if (length == 0) return fail(Code::malformed, Where::gate);
  if (length > limit) return fail(Code::too_big, Where::gate, length, limit);
  const Bytes wrapped_key = bytes.subspan(kKeyAt, kWrappedKeyBytes);
  return SealedHeader{.scheme = scheme_of(wrapped_key),
                      .wrapped_key = wrapped_key,
                      .iv = bytes.subspan(kIvAt, crypto::kGcmIvBytes),
                      .tag = bytes.subspan(kTagAt, crypto::kGcmTagBytes),
                      .length = length};
}

void write_sealed_header(const SealedHeader& header, MutableBytes out) {
  const MutableBytes head = out.first(kSealedHeaderBytes);
  std::ranges::fill(head, std::byte{0});
  store_le32(head, 0, kSealedMagic);
  std::ranges::copy(header.wrapped_key, head.subspan(kKeyAt).begin());
  std::ranges::copy(header.iv, head.subspan(kIvAt).begin());
  store_le32(head, kLengthAt, header.length);
  std::ranges::copy(header.tag, head.subspan(kTagAt).begin());
}

}  // namespace updraft::format
