#include "engine/suit/envelope.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kTextKey = 23;
constexpr std::uint64_t kLeastMembers = 2;
constexpr std::uint8_t kSha256 = 0x2f;  // -16

Failure malformed() { return fail(Code::malformed, Where::gate); }

// What is cut off is too large if all was given that a head may have.
Failure cut_or_malformed(const CborReader& in, Bytes front) {
  const bool too_large = in.cut() && front.size() >= kMaxEnvelopeHead;
  return too_large ? fail(Code::envelope_too_large, Where::gate) : malformed();
}

Result<> read_digest(Envelope& envelope) {
  CborReader in(envelope.digest_item);
  if (in.array() != 2) return malformed();
  if (in.next() != kSha256) return fail(Code::alg_unsupported, Where::gate);
  (void)in.take(1);
  envelope.digest = in.bytes(kDigestBytes);
  if (!in.at_end()) return malformed();
  return {};
}

// [<<digest>>, 0*4 <<signature>>]
Result<> read_wrapper(Bytes wrapper, Envelope& envelope) {
  CborReader in(wrapper);
  const std::uint64_t items = in.array();
  if (items == 0 || items > 1 + kMaxSignatures) return malformed();
  envelope.digest_item = in.bytes();
  const std::size_t start = in.at();
  for (std::uint64_t i = 1; i < items; ++i) (void)in.bytes();
  if (!in.at_end()) return malformed();
  envelope.blocks = in.since(start);
  envelope.block_count = static_cast<std::size_t>(items - 1);
  return read_digest(envelope);
}

}  // namespace

Result<Envelope> read_envelope(Bytes front) {
  front = at_most(front, kMaxEnvelopeHead);
  CborReader in(front);
  Envelope envelope;
  if (in.tag() != kEnvelopeTag) in.fail();
  const std::uint64_t members = in.map();
  in.fixed("\x02"sv);
  const Bytes wrapper = in.bytes();
  in.fixed("\x03"sv);
  const std::size_t start = in.at();
  envelope.manifest = in.bytes();
  if (!in.good()) return cut_or_malformed(in, front);
  if (members < kLeastMembers) return malformed();
  envelope.wrapped_manifest = in.since(start);
  envelope.members_left = members - kLeastMembers;
  envelope.read = in.at();
  UPDRAFT_TRY(read_wrapper(wrapper, envelope));
  if (!std::ranges::equal(crypto::sha256(envelope.wrapped_manifest), envelope.digest)) {
    return fail(Code::digest_mismatch, Where::gate);
  }
  return envelope;
}

Result<Signatures> read_signatures(const Envelope& envelope) {
  if (envelope.block_count == 0) return fail(Code::unsigned_image, Where::gate);
  Signatures signatures;
  CborReader in(envelope.blocks);
  for (; signatures.count < envelope.block_count; ++signatures.count) {
    Result<SignatureBlock> block = read_sign1(in.bytes());
    if (!block) return block.error();
    // Without its key's name a signature is tried with all keys: that is once enough.
    if (block->kid.empty() && envelope.block_count != 1) return malformed();
    signatures.blocks[signatures.count] = *block;
  }
  return signatures;
}

Result<Members> read_members(const Envelope& envelope, Bytes front) {
  front = at_most(front, kMaxEnvelopeHead);
  Members members{
      .text = {}, .wrapped_text = {}, .head = envelope.read, .payloads = envelope.members_left};
  CborReader in(front.subspan(envelope.read));
  while (members.payloads != 0 && in.next() < static_cast<unsigned>(Major::text) << 5) {
    const bool first = members.payloads == envelope.members_left && members.text.empty();
    if (in.uint() != kTextKey || !first) {
      return in.good() ? fail(Code::profile_unsupported, Where::gate) : cut_or_malformed(in, front);
    }
    const std::size_t start = in.at();
    members.text = in.bytes();
    if (!in.good()) return cut_or_malformed(in, front);
    members.wrapped_text = in.since(start);
    members.head = envelope.read + in.at();
    --members.payloads;
  }
  return members;
}

Result<Payloads::Payload> Payloads::next() {
  const std::size_t start = in_.at();
  const std::string_view name = in_.text();
  if (!in_.good()) return malformed();
  const Bytes key = in_.since(start);
  const Bytes content = in_.bytes();
  const bool rising = last_.empty() || std::ranges::lexicographical_compare(last_, key);
  if (!in_.good() || !rising) return malformed();
  last_ = key;
  --left_;
  UPDRAFT_TRY(end());
  return Payload{name, content};
}

Result<> Payloads::end() const {
  if (left_ == 0 && !in_.at_end()) return malformed();
  return {};
}

}  // namespace updraft::suit
