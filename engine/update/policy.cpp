#include "updraft/policy.hpp"

#include <algorithm>
#include <array>

#include "engine/core/hex.hpp"
#include "engine/format/image.hpp"
#include "engine/format/sealed_header.hpp"

namespace updraft {
namespace {

template <std::size_t N>
bool starts_with(Bytes bytes, const std::array<std::uint8_t, N>& magic) {
  if (bytes.size() < N) return false;
  return std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](std::uint8_t m, std::byte b) { return std::byte{m} == b; });
}

// RFC 1950: deflate, window up to 32 KiB, header checksum.
bool is_zlib(Bytes b) {
  if (b.size() < 2) return false;
  const std::uint8_t method = load_u8(b, 0);
  const unsigned header = method * 256u + load_u8(b, 1);
  return (method & 0x0F) == 8 && method <= 0x78 && header % 31 == 0;
}

// As zlib writes it unless told otherwise: a window of 32 KiB, no dictionary, a block type that
// exists. Random bytes look so once in 20,000 times.
bool is_usual_zlib(Bytes b) {
  return b.size() > 2 && load_u8(b, 0) == 0x78 && (load_u8(b, 1) & 0x20) == 0 &&
         (load_u8(b, 2) & 6) != 6;
}

std::uint8_t first_byte(Bytes b) { return b.empty() ? 0 : load_u8(b, 0); }

bool is_package(PayloadClass payload) {
  return payload == PayloadClass::signed_package || payload == PayloadClass::key_set;
}
bool is_wrapper(PayloadClass payload) {
  return payload == PayloadClass::encrypted || payload == PayloadClass::delta ||
         payload == PayloadClass::compressed;
}

// The first fields of spec/esp32.md 1.2, as far as they are known to be small.
bool has_image_fields(Bytes b) {
  constexpr std::uint8_t kSpiModes = 6;
  constexpr std::uint16_t kChipIds = 0x100;
  if (b.size() < kClassifyBytes) return false;
  const std::uint8_t segments = load_u8(b, 1);
  return segments != 0 && segments <= format::kMaxSegments && load_u8(b, 2) < kSpiModes &&
         load_le16(b, 12) < kChipIds;
}

}  // namespace

PayloadClass classify(Bytes b) {
  using A2 = std::array<std::uint8_t, 2>;
  using A4 = std::array<std::uint8_t, 4>;
  if (starts_with(b, std::array<std::uint8_t, 1>{0xE9})) return PayloadClass::image;
  if (starts_with(b, A2{0xD8, 0x6B})) return PayloadClass::signed_package;
  if (starts_with(b, A2{0xD8, 0x62})) return PayloadClass::key_set;
  if (starts_with(b, A4{0xCF, 0xB6, 0x88, 0x07})) return PayloadClass::encrypted;
  if (starts_with(b, A4{0x55, 0x44, 0x4C, 0x54})) return PayloadClass::delta;
  if (starts_with(b, A4{0x10, 0xDE, 0xCD, 0xFC})) return PayloadClass::delta;
  if (starts_with(b, A2{0x1F, 0x8B}) || is_zlib(b)) return PayloadClass::compressed;
  if (first_byte(b) == '<') return PayloadClass::web_page;
  return PayloadClass::unknown;
}

std::string_view name(Trust trust) {
  constexpr std::string_view kNames[] = {"signed", "sender", "unsigned"};
  return kNames[static_cast<std::size_t>(trust)];
}

std::optional<ImageName> parse_image_name(std::string_view text) {
  ImageName name;
  return read_hex(text, name) ? std::optional(name) : std::nullopt;
}

std::string_view name(RolledBack why) { return why == RolledBack::failed ? "failed" : "went_back"; }

bool makes_sense(Bytes first) {
  const PayloadClass payload = classify(first);
  if (payload == PayloadClass::image) return has_image_fields(first);
  if (is_zlib(first)) return is_usual_zlib(first);
  return payload != PayloadClass::unknown && payload != PayloadClass::web_page;
}

Result<Trust> judge(const Policy& policy, const Offer& offer, Bytes first, const Wrapped& around) {
  const PayloadClass payload = classify(first);
  const bool too_deep = is_wrapper(payload) && around.layers >= kMaxWrappers;
  const bool twice = payload == PayloadClass::encrypted && around.sealed;
  if ((is_package(payload) && around.layers > 0) || too_deep || twice) {
    return fail(Code::malformed, Where::gate, around.layers + 1, kMaxWrappers);
  }
  // Without a number of the content: an answer must not show what a key made of it.
  if (around.sealed && !makes_sense(first)) {
    return fail(Code::wrong_key, Where::gate, 0, format::kSealedMagic, Reason::sealed_other_key);
  }
  switch (payload) {
    case PayloadClass::image:
      break;
    case PayloadClass::signed_package:
    case PayloadClass::key_set:
      return fail(Code::keyset_missing, Where::gate);
    case PayloadClass::encrypted:
      return fail(Code::wrong_key, Where::gate, 0, 0, Reason::sealed_no_key);
    case PayloadClass::delta:
    case PayloadClass::compressed:
      return fail(Code::alg_unsupported, Where::gate, first_byte(first));
    case PayloadClass::web_page:
      return fail(Code::not_an_image, Where::gate, '<', 0xE9, Reason::web_page);
    case PayloadClass::unknown: {
      // A payload that can be unwrapped was decrypted with the right key.
      const bool garbled = offer.link_encrypted && around.layers == 0;
      // What is before the bootloader of a chip whose flash does not begin with it.
      const bool erased = !first.empty() && is_erased(first);
      const Code code = garbled ? Code::wrong_key : erased ? Code::not_an_app : Code::not_an_image;
      return fail(code, Where::gate, first_byte(first), 0xE9);
    }
  }
  return judge_files(policy, offer);
}

Result<Trust> judge_files(const Policy& policy, const Offer& offer) {
  if (offer.sender_proved) return Trust::sender;
  if (policy.allows_unsigned(offer.scheme)) return Trust::unsigned_image;
  return fail(Code::unsigned_image, Where::gate);
}

Trust best_unproven_trust(const Policy& policy, Scheme scheme) {
  return policy.allows_unsigned(scheme) ? Trust::unsigned_image : Trust::signed_image;
}

}  // namespace updraft
