#include "engine/suit/key_set.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kKeyFront = "\xa4\x01\x02\x20\x01\x21\x58\x20"sv;
constexpr std::string_view kKeyMiddle = "\x22\x58\x20"sv;
constexpr std::string_view kDigestFront = "\x58\x20"sv;
constexpr std::size_t kDigestItem = kDigestFront.size() + kDigestBytes;
constexpr std::size_t kCoordinate = kPointBytes / 2;

// A list of items of one shape, at most `most`; each() reads one.
template <class Each>
Bytes read_list(CborReader& in, std::uint64_t most, std::size_t* count, Each each) {
  const std::uint64_t items = in.array();
  if (items > most) in.fail();
  const std::size_t start = in.at();
  for (std::uint64_t i = 0; in.good() && i < items; ++i) each();
  if (count != nullptr) *count = static_cast<std::size_t>(items);
  return in.good() ? in.since(start) : Bytes{};
}

Bytes read_digests(CborReader& in, std::uint64_t most) {
  return read_list(in, most, nullptr, [&] { (void)in.bytes(kDigestBytes); });
}

void read_key(CborReader& in) {
  in.fixed(kKeyFront);
  (void)in.take(kCoordinate);
  in.fixed(kKeyMiddle);
  (void)in.take(kCoordinate);
}

bool all_different(const KeySet& set) {
  for (std::size_t i = 0; i < set.key_count(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (std::ranges::equal(set.key(i), set.key(j))) return false;
    }
  }
  return true;
}

// [threshold, [index]]
RoleKeys read_role(CborReader& in, std::size_t keys, bool may_be_unused) {
  RoleKeys role;
  if (in.array() != 2) in.fail();
  const std::uint64_t threshold = in.uint();
  const std::uint64_t count = in.array();
  if (count > keys || threshold > count) in.fail();
  if (threshold == 0 && (count != 0 || !may_be_unused)) in.fail();
  for (std::size_t i = 0; in.good() && i < count; ++i) {
    const std::uint64_t index = in.uint();
    if (index >= keys || (i != 0 && index <= role.indexes[i - 1])) in.fail();
    if (in.good()) role.indexes[i] = static_cast<std::uint8_t>(index);
  }
  if (!in.good()) return {};
  role.threshold = static_cast<std::uint8_t>(threshold);
  role.count = static_cast<std::uint8_t>(count);
  return role;
}

Result<> read_payload(KeySet& set) {
  CborReader in(set.payload);
  in.fixed("\xa6\x01"sv);
  set.version = in.uint();
  in.fixed("\x02"sv);
  set.keys = read_list(in, kMaxKeys, nullptr, [&] { read_key(in); });
  in.fixed("\x03\x83"sv);
  for (std::size_t i = 0; i < kRoles; ++i) {
    set.roles[i] = read_role(in, set.key_count(), i == static_cast<std::size_t>(Role::freshness));
  }
  in.fixed("\x04"sv);
  set.floors = read_list(in, kMaxFloors, &set.floor_count, [&] {
    in.fixed("\x82"sv);
    (void)in.bytes(kIdBytes);
    (void)in.uint();
  });
  in.fixed("\x05"sv);
  set.revoked = read_digests(in, kMaxRevoked);
  in.fixed("\x06"sv);
  set.image_keys = read_digests(in, kMaxImageKeys);
  if (!in.at_end() || set.version == 0 || !all_different(set)) {
    return fail(Code::malformed, Where::gate);
  }
  return {};
}

// [<<{1: -9}>>, {4: kid}, signature]
Result<> read_signature(CborReader& in, SignatureBlock& block) {
  in.fixed("\x83"sv);
  UPDRAFT_TRY(read_headers(in, block, false));
  block.signature = in.bytes(kSignatureBytes);
  if (!in.good() || block.kid.empty()) return fail(Code::malformed, Where::gate);
  return {};
}

// What is around the payload.
Result<> read_envelope(CborReader& in, KeySet& set) {
  UPDRAFT_TRY(read_tag(in, kSignTag));
  in.fixed("\x84\x40\xa0"sv);
  set.payload = in.bytes();
  const std::uint64_t blocks = in.array();
  if (!in.good() || blocks > kMaxKeySetSignatures) return fail(Code::malformed, Where::gate);
  for (std::size_t i = 0; i < blocks; ++i) UPDRAFT_TRY(read_signature(in, set.signatures[i]));
  set.signature_count = static_cast<std::size_t>(blocks);
  if (!in.at_end()) return fail(Code::malformed, Where::gate);
  return {};
}

void write_role(CborWriter& out, const RoleKeys& role) {
  out.array(2);
  out.uint(role.threshold);
  out.array(role.count);
  for (std::size_t i = 0; i < role.count; ++i) out.uint(role.indexes[i]);
}

void write_list(CborWriter& out, std::uint64_t key, std::size_t items, Bytes list) {
  out.uint(key);
  out.array(items);
  out.raw(list);
}

}  // namespace

std::array<std::byte, kCoseKeyBytes> cose_key(Bytes point) {
  std::array<std::byte, kCoseKeyBytes> key{};
  CborWriter out(key);
  out.fixed(kKeyFront);
  out.raw(point.first(kCoordinate));
  out.fixed(kKeyMiddle);
  out.raw(point.subspan(kCoordinate));
  return key;
}

crypto::Sha256Digest thumbprint(Bytes cose_key) { return crypto::sha256(cose_key); }

Result<KeySet> KeySet::read(Bytes bytes) {
  if (bytes.size() > kMaxKeySetBytes) {
    return fail(Code::envelope_too_large, Where::gate, bytes.size(), kMaxKeySetBytes);
  }
  KeySet set;
  CborReader in(bytes);
  UPDRAFT_TRY(read_envelope(in, set));
  UPDRAFT_TRY(read_payload(set));
  if (set.signature_count == 0) return fail(Code::unsigned_image, Where::gate);
  return set;
}

std::array<std::byte, kPointBytes> KeySet::point(std::size_t index) const {
  std::array<std::byte, kPointBytes> point;
  const Bytes encoded = key(index);
  std::ranges::copy(encoded.subspan(kKeyFront.size(), kCoordinate), point.begin());
  std::ranges::copy(encoded.last(kCoordinate), point.begin() + kCoordinate);
  return point;
}

std::optional<std::size_t> KeySet::find(Role which, Bytes kid) const {
  const RoleKeys& keys_of = role(which);
  for (std::size_t i = 0; i < keys_of.count; ++i) {
    const std::size_t index = keys_of.indexes[i];
    const crypto::Sha256Digest print = thumbprint(key(index));
    if (std::ranges::equal(Bytes(print).first(kKidBytes), kid)) return index;
  }
  return std::nullopt;
}

Floor KeySet::floor(std::size_t index) const {
  CborReader in(floors);
  Floor floor;
  for (std::size_t i = 0; i <= index; ++i) {
    (void)in.array();
    floor.class_id = in.bytes();
    floor.sequence = in.uint();
  }
  return floor;
}

std::uint64_t KeySet::floor_of(Bytes class_id) const {
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < floor_count; ++i) {
    const Floor each = floor(i);
    if (std::ranges::equal(each.class_id, class_id)) highest = std::max(highest, each.sequence);
  }
  return highest;
}

bool KeySet::lists(Bytes list, Bytes digest) {
  for (std::size_t at = 0; at + kDigestItem <= list.size(); at += kDigestItem) {
    if (std::ranges::equal(list.subspan(at + kDigestFront.size(), kDigestBytes), digest)) {
      return true;
    }
  }
  return false;
}

void write_key_set_payload(CborWriter& out, const KeySet& set) {
  out.fixed("\xa6\x01"sv);
  out.uint(set.version);
  write_list(out, 2, set.key_count(), set.keys);
  out.fixed("\x03\x83"sv);
  for (const RoleKeys& role : set.roles) write_role(out, role);
  out.uint(4);
  out.array(set.floor_count);
  for (std::size_t i = 0; i < set.floor_count; ++i) {
    const Floor floor = set.floor(i);
    out.array(2);
    out.bytes(floor.class_id);
    out.uint(floor.sequence);
  }
  write_list(out, 5, set.revoked.size() / kDigestItem, set.revoked);
  write_list(out, 6, set.image_keys.size() / kDigestItem, set.image_keys);
}

void write_key_set(CborWriter& out, const KeySet& set) {
  out.fixed("\xd8\x62\x84\x40\xa0"sv);
  out.bytes(set.payload);
  out.array(set.signature_count);
  for (std::size_t i = 0; i < set.signature_count; ++i) {
    out.fixed("\x83"sv);
    write_headers(out, set.signatures[i]);
    out.bytes(set.signatures[i].signature);
  }
}

}  // namespace updraft::suit
