#include "engine/suit/package.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kTextKey = 23;

// [<<digest>>, 0*4 <<COSE_Sign1>>]
void write_wrapper(CborWriter& out, const Envelope& envelope,
                   std::span<const SignatureBlock> blocks) {
  out.array(1 + blocks.size());
  out.bytes(envelope.digest_item);
  for (const SignatureBlock& block : blocks) {
    CborWriter measure{MutableBytes{}};
    write_sign1(measure, block);
    out.head(Major::bytes, measure.size());
    write_sign1(out, block);
  }
}

}  // namespace

std::array<std::byte, kDigestItemBytes> digest_item(Bytes digest) {
  std::array<std::byte, kDigestItemBytes> item{};
  CborWriter out(item);
  out.fixed("\x82\x2f"sv);
  out.bytes(digest);
  return item;
}

void write_envelope(CborWriter& out, const Envelope& envelope,
                    std::span<const SignatureBlock> blocks, const Members& members) {
  out.head(Major::tag, kEnvelopeTag);
  out.map(2 + (members.text.empty() ? 0u : 1u) + static_cast<std::size_t>(members.payloads));
  out.fixed("\x02"sv);
  CborWriter measure{MutableBytes{}};
  write_wrapper(measure, envelope, blocks);
  out.head(Major::bytes, measure.size());
  write_wrapper(out, envelope, blocks);
  out.fixed("\x03"sv);
  out.bytes(envelope.manifest);
  if (members.text.empty()) return;
  out.uint(kTextKey);
  out.bytes(members.text);
}

}  // namespace updraft::suit
