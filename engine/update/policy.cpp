#include "updraft/policy.hpp"

#include "engine/core/hex.hpp"
#include "engine/format/image.hpp"
#include "engine/format/sealed_header.hpp"
#include "engine/update/signing.hpp"

namespace updraft {
namespace {

// The first four bytes as a number, big-endian; what is not there is 0.
std::uint32_t first_word(Bytes b) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word = word << 8 | (i < b.size() ? load_u8(b, i) : 0u);
  return word;
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
  const std::uint32_t word = first_word(b);
  const std::uint32_t half = word >> 16;
  if (word >> 24 == format::kImageMagic) return PayloadClass::image;
  if (half == 0xD86B) return PayloadClass::signed_package;
  if (half == 0xD862) return PayloadClass::key_set;
  if (word == 0xCFB68807) return PayloadClass::encrypted;
  if (word == 0x55444C54 || word == 0x10DECDFC) return PayloadClass::delta;
  if (half == 0x1F8B || is_zlib(b)) return PayloadClass::compressed;
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

namespace {

// Small numbers, and one place that makes an error of them: code is what a chip is short of.
[[gnu::noinline]] Result<Trust> refuse_payload(Code code, unsigned found = 0, unsigned expected = 0,
                                               Reason reason = Reason::none) {
  return fail(code, Where::gate, found, expected, reason);
}

Stand stand_of(const Policy& policy) {
  return policy.signing != nullptr ? policy.signing->stand() : Stand::open;
}

}  // namespace

Result<Trust> judge(const Policy& policy, const Offer& offer, Bytes first, const Wrapped& around) {
  const PayloadClass payload = classify(first);
  const bool too_deep = is_wrapper(payload) && around.layers >= kMaxWrappers;
  const bool twice = payload == PayloadClass::encrypted && around.sealed;
  const bool wrapped = around.layers > 0 || around.packed;
  if ((is_package(payload) && wrapped) || too_deep || twice) {
    return refuse_payload(Code::malformed, static_cast<unsigned>(around.layers) + 1, kMaxWrappers);
  }
  // Without a number of the content: an answer must not show what a key made of it.
  if (around.sealed && !makes_sense(first)) {
    return refuse_payload(Code::wrong_key, 0, format::kSealedMagic, Reason::sealed_other_key);
  }
  switch (payload) {
    case PayloadClass::image:
      break;
    case PayloadClass::signed_package:
    case PayloadClass::key_set:
      return refuse_payload(Code::keyset_missing);
    case PayloadClass::encrypted:
      return refuse_payload(Code::wrong_key, 0, 0, Reason::sealed_no_key);
    case PayloadClass::delta:
    case PayloadClass::compressed:
      return refuse_payload(Code::alg_unsupported, first_byte(first));
    case PayloadClass::web_page:
      return refuse_payload(Code::not_an_image, '<', 0xE9, Reason::web_page);
    case PayloadClass::unknown: {
      // A payload that can be unwrapped was decrypted with the right key.
      const bool garbled = offer.link_encrypted && !wrapped;
      // What is before the bootloader of a chip whose flash does not begin with it.
      const bool erased = !first.empty() && is_erased(first);
      const Code code = garbled ? Code::wrong_key : erased ? Code::not_an_app : Code::not_an_image;
      return refuse_payload(code, first_byte(first), 0xE9);
    }
  }
  // Where keys are pinned nothing unsigned is let in: the image's end decides, and Signing::seal().
  if (around.packed || stand_of(policy) == Stand::pinned) return Trust::signed_image;
  return judge_files(policy, offer);
}

Result<Trust> judge_files(const Policy& policy, const Offer& offer) {
  Code why = Code::unsigned_image;
  if (offer.sender_proved || policy.allows_unsigned(offer.scheme)) {
    if (stand_of(policy) < Stand::closed) {
      return offer.sender_proved ? Trust::sender : Trust::unsigned_image;
    }
    why = Code::not_armed;
  }
  return refuse_payload(why);
}

bool takes_packages(const Policy& policy) { return stand_of(policy) != Stand::open; }

Trust best_unproven_trust(const Policy& policy, Scheme scheme) {
  const bool open = policy.allows_unsigned(scheme) && stand_of(policy) < Stand::closed;
  return open ? Trust::unsigned_image : Trust::signed_image;
}

}  // namespace updraft
