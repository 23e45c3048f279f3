#include "engine/suit/key_set.hpp"

#include "engine/suit/refusal.hpp"
#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kKeyFront = "\xa4\x01\x02\x20\x01\x21\x58\x20"sv;
constexpr std::string_view kKeyMiddle = "\x22\x58\x20"sv;
constexpr std::string_view kDigestFront = "\x58\x20"sv;
constexpr std::string_view kFloorFront = "\x82\x50"sv;
constexpr std::string_view kVersion = "\xa6\x01"sv;  // six members, 1:
constexpr std::string_view kKeys = "\x02"sv;
constexpr std::string_view kRolesOf = "\x03\x83"sv;  // 3: [root, release, freshness]
constexpr std::string_view kFloors = "\x04"sv;
constexpr std::string_view kRevoked = "\x05"sv;
constexpr std::string_view kImageKeys = "\x06"sv;
constexpr std::string_view kRole = "\x82"sv;   // [threshold, [index]]
constexpr std::string_view kBlock = "\x83"sv;  // [protected, {4: kid}, signature]
constexpr std::string_view kSignature = "\x58\x40"sv;
constexpr std::string_view kAround = "\x84\x40\xa0"sv;  // [h'', {}, ...
constexpr std::size_t kListedBytes = kDigestFront.size() + kDigestBytes;
constexpr std::size_t kCoordinate = kPointBytes / 2;

enum class Item : std::uint8_t { key, floor, digest };

void read_item(CborReader& in, Item item) {
  if (item == Item::key) {
    (void)in.take_after(kKeyFront, kCoordinate);
    (void)in.take_after(kKeyMiddle, kCoordinate);
  } else if (item == Item::floor) {
    (void)in.take_after(kFloorFront, kIdBytes);
    (void)in.uint();
  } else {
    (void)in.take_after(kDigestFront, kDigestBytes);
  }
}

// `before`, then at most `most` items of one shape. Returns how many there are.
std::size_t read_list(CborReader& in, const std::string_view& before, std::size_t most, Item item,
                      Bytes& list) {
  in.fixed(before);
  const std::size_t items = in.array();
  if (items > most) in.fail();
  const CborReader::Mark start = in.mark();
  for (std::size_t i = 0; in.good() && i < items; ++i) read_item(in, item);
  list = in.since(start);
  return items;
}

bool all_different(const KeySet& set) {
  for (std::size_t i = 0; i < set.key_count(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (same(set.key(i), set.key(j))) return false;
    }
  }
  return true;
}

// [threshold, [index]]
void read_role(CborReader& in, std::size_t keys, bool may_be_unused, RoleKeys& role) {
  in.fixed(kRole);
  const std::size_t threshold = in.small_uint();
  const std::size_t count = in.array();
  const bool unused = may_be_unused && threshold == 0 && count == 0;
  if (!unused && (threshold - 1 >= count || count > keys)) in.fail();
  std::size_t least = 0;
  for (std::size_t i = 0; in.good() && i < count; ++i) {
    const std::size_t index = in.small_uint();
    if (index < least || index >= keys) in.fail();
    role.indexes[i] = static_cast<std::uint8_t>(index);
    least = index + 1;
  }
  role.threshold = static_cast<std::uint8_t>(threshold);
  role.count = static_cast<std::uint8_t>(count);
}

// {1: version, 2: [COSE_Key], ...} in a byte string
void read_payload(CborReader& in, KeySet& set) {
  const CborReader::Mark outer = in.enter();
  set.payload = in.rest();
  set.version = in.uint_after(kVersion);
  if (set.version == 0) in.fail();
  const std::size_t keys = read_list(in, kKeys, kMaxKeys, Item::key, set.keys);
  in.fixed(kRolesOf);
  for (RoleKeys& role : set.roles) read_role(in, keys, &role == &set.roles.back(), role);
  set.floor_count = read_list(in, kFloors, kMaxFloors, Item::floor, set.floors);
  (void)read_list(in, kRevoked, kMaxRevoked, Item::digest, set.revoked);
  (void)read_list(in, kImageKeys, kMaxImageKeys, Item::digest, set.image_keys);
  in.leave(outer);
  if (!all_different(set)) in.fail();
}

// [<<{1: -9}>>, {4: kid}, signature]
void read_signature(CborReader& in, SignatureBlock& block) {
  in.fixed(kBlock);
  read_headers(in, block, false);
  if (block.kid.empty()) in.fail();
  block.signature = in.take_after(kSignature, kSignatureBytes);
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

bool KeySet::fill(Bytes bytes, Error& why) {
  if (bytes.size() > kMaxKeySetBytes) {
    return refuse(why, Code::envelope_too_large, bytes.size(), kMaxKeySetBytes);
  }
  CborReader in(bytes);
  read_tag(in, kSignTag);
  in.fixed(kAround);
  read_payload(in, *this);
  signature_count = in.array();
  if (signature_count > kMaxKeySetSignatures) in.fail();
  for (std::size_t i = 0; in.good() && i < signature_count; ++i) read_signature(in, signatures[i]);
  if (!is_whole(in, why)) return false;
  return signature_count != 0 || refuse(why, Code::unsigned_image);
}

Result<KeySet> KeySet::read(Bytes bytes) {
  Result<KeySet> set;
  Error why = no_refusal();
  if (!set->fill(bytes, why)) set = why;
  return set;
}

std::array<std::byte, kPointBytes> KeySet::point(std::size_t index) const {
  std::array<std::byte, kPointBytes> point;
  const std::byte* const encoded = key(index).data() + kKeyFront.size();
  std::copy_n(encoded, kCoordinate, point.data());
  std::copy_n(encoded + kCoordinate + kKeyMiddle.size(), kCoordinate, point.data() + kCoordinate);
  return point;
}

bool KeySet::is_named(std::size_t index, Bytes kid) const {
  const crypto::Sha256Digest print = thumbprint(key(index));
  return same(Bytes(print).first(kKidBytes), kid);
}

std::optional<std::size_t> KeySet::find(Role which, Bytes kid) const {
  const RoleKeys& keys_of = role(which);
  for (std::size_t i = 0; i < keys_of.count; ++i) {
    if (is_named(keys_of.indexes[i], kid)) return keys_of.indexes[i];
  }
  return std::nullopt;
}

Floor KeySet::floor(std::size_t index) const {
  CborReader in(floors);
  for (; index != 0; --index) read_item(in, Item::floor);
  Floor floor;
  floor.class_id = in.take_after(kFloorFront, kIdBytes);
  floor.sequence = in.uint();
  return floor;
}

std::uint64_t KeySet::floor_of(Bytes class_id) const {
  std::uint64_t highest = 0;
  for (CborReader in(floors); !in.rest().empty();) {
    const bool is_this = same(in.take_after(kFloorFront, kIdBytes), class_id);
    const std::uint64_t sequence = in.uint();
    if (is_this) highest = std::max(highest, sequence);
  }
  return highest;
}

bool KeySet::lists(Bytes list, Bytes digest) {
  for (std::size_t at = 0; at + kListedBytes <= list.size(); at += kListedBytes) {
    if (same(list.subspan(at + kDigestFront.size(), kDigestBytes), digest)) return true;
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
  write_list(out, 5, set.revoked.size() / kListedBytes, set.revoked);
  write_list(out, 6, set.image_keys.size() / kListedBytes, set.image_keys);
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
