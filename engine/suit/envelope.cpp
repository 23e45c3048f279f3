#include "engine/suit/envelope.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t kTextKey = 23;
constexpr std::size_t kLeastMembers = 2;
constexpr std::uint8_t kFirstText = static_cast<std::uint8_t>(Major::text) << 5;

constexpr std::string_view kWrapper = "\x02"sv;
constexpr std::string_view kManifest = "\x03"sv;
constexpr std::string_view kDigestItem = "\x82"sv;      // [algorithm, digest]
constexpr std::string_view kSha256 = "\x2f\x58\x20"sv;  // -16
// [<<digest>>, 0*4 <<signature>>] in a byte string; digest = [-16, bytes]
void read_wrapper(CborReader& in, Envelope& envelope) {
  const CborReader::Mark outer = in.enter();
  envelope.block_count = in.array() - 1;
  if (envelope.block_count > kMaxSignatures) in.fail();
  const CborReader::Mark wrapper = in.enter();
  envelope.digest_item = in.rest();
  in.fixed(kDigestItem);
  if (in.next() != load_u8(as_bytes(kSha256), 0)) in.fail(Code::alg_unsupported);
  envelope.digest = in.take_after(kSha256, kDigestBytes);
  in.leave(wrapper);
  envelope.blocks = in.rest();
  for (std::size_t i = 0; in.good() && i < envelope.block_count; ++i) (void)in.bytes();
  in.leave(outer);
}

}  // namespace

CborReader front_of(Bytes package) {
  CborReader in(at_most(package, kMaxEnvelopeHead));
  // What is cut off is too large if all was given that a head may have.
  if (package.size() >= kMaxEnvelopeHead) in.call_cut(Code::envelope_too_large);
  return in;
}

void read_envelope(CborReader& in, Envelope& envelope) {
  const CborReader::Mark begin = in.mark();
  if (in.tag() != kEnvelopeTag) in.fail();
  const std::size_t members = in.map();
  if (members < kLeastMembers) in.fail();
  in.fixed(kWrapper);
  read_wrapper(in, envelope);
  in.fixed(kManifest);
  const CborReader::Mark start = in.mark();
  envelope.manifest = in.bytes();
  envelope.wrapped_manifest = in.since(start);
  envelope.members_left = members - kLeastMembers;
  envelope.read = in.since(begin).size();
  if (!is_digest_of(envelope.digest, envelope.wrapped_manifest)) in.fail(Code::digest_mismatch);
}

void read_signatures(CborReader& in, std::size_t count, Signatures& signatures) {
  if (count == 0) in.fail(Code::unsigned_image);
  signatures.count = count;
  for (std::size_t i = 0; in.good() && i < count; ++i) {
    read_sign1(in, signatures.blocks[i]);
    // Without its key's name a signature is tried with all keys: that is once enough.
    if (count != 1 && signatures.blocks[i].kid.empty()) in.fail();
  }
}

void read_members(CborReader& in, const Envelope& envelope, Members& members) {
  const CborReader::Mark begin = in.mark();
  members.payloads = envelope.members_left;
  if (members.payloads != 0 && in.next() == kTextKey) {
    (void)in.uint();
    const CborReader::Mark start = in.mark();
    members.text = in.bytes();
    members.wrapped_text = in.since(start);
    --members.payloads;
  }
  if (members.payloads != 0 && in.next() < kFirstText) {
    (void)in.uint();  // says so if there is none
    in.fail(Code::profile_unsupported);
  }
  members.head = envelope.read + in.since(begin).size();
}

Result<Envelope> read_envelope(Bytes front) {
  CborReader in = front_of(front);
  Envelope envelope;
  read_envelope(in, envelope);
  if (!in.good()) return fail(in.fault(), Where::gate);
  return envelope;
}

Result<Signatures> read_signatures(const Envelope& envelope) {
  CborReader in(envelope.blocks);
  Signatures signatures;
  read_signatures(in, envelope.block_count, signatures);
  if (!in.good()) return fail(in.fault(), Where::gate);
  return signatures;
}

Result<Members> read_members(const Envelope& envelope, Bytes front) {
  CborReader in = front_of(front);
  (void)in.part(envelope.read);
  Members members;
  read_members(in, envelope, members);
  if (!in.good()) return fail(in.fault(), Where::gate);
  return members;
}

Result<Payloads::Payload> Payloads::next() {
  const CborReader::Mark start = in_.mark();
  const std::string_view name = in_.text();
  const Bytes key = in_.since(start);
  if (!in_order(last_, key)) in_.fail();
  last_ = key;
  const Bytes content = in_.bytes();
  --left_;
  UPDRAFT_TRY(end());
  return Payload{name, content};
}

Result<> Payloads::end() const {
  if (!in_.good() || (left_ == 0 && !in_.at_end())) return fail(Code::malformed, Where::gate);
  return {};
}

}  // namespace updraft::suit
