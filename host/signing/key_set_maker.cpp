#include <algorithm>

#include "host/desk/trouble.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::host {
namespace {

using suit::CborWriter;

Trouble refused(const std::string& what) { return {Trouble::Kind::refused, what}; }

void append(std::vector<std::byte>& to, Bytes more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Each key once, in the order of its first use; a role names keys by their numbers.
class KeyTable {
 public:
  suit::RoleKeys add(const KeySetSpec::Group& group) {
    suit::RoleKeys role;
    std::vector<std::size_t> numbers;
    numbers.reserve(group.keys.size());
    for (const Point& point : group.keys) numbers.push_back(number_of(point));
    std::ranges::sort(numbers);
    const auto repeats = std::ranges::unique(numbers);
    if (!repeats.empty()) throw refused("a key is named twice for the same role");
    for (const std::size_t number : numbers) {
      role.indexes[role.count++] = static_cast<std::uint8_t>(number);
    }
    if (role.count != 0 && (group.threshold == 0 || group.threshold > role.count)) {
      throw refused("a threshold is at least 1, and at most the number of keys");
    }
    role.threshold = role.count == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(group.threshold);
    return role;
  }
  Bytes encoded() const { return encoded_; }

 private:
  std::size_t number_of(const Point& point) {
    const auto found = std::ranges::find(points_, point);
    if (found != points_.end()) return static_cast<std::size_t>(found - points_.begin());
    if (points_.size() == suit::kMaxKeys) throw refused("a KeySet has 8 keys at most");
    points_.push_back(point);
    append(encoded_, suit::cose_key(point));
    return points_.size() - 1;
  }
  std::vector<Point> points_;
  std::vector<std::byte> encoded_;
};

std::vector<std::byte> digest_list(const std::vector<crypto::Sha256Digest>& digests,
                                   std::size_t most, const char* what) {
  if (digests.size() > most) {
    throw refused("a KeySet has " + std::to_string(most) + " " + what + " at most");
  }
  return written([&](CborWriter& out) {
    for (const crypto::Sha256Digest& digest : digests) out.bytes(digest);
  });
}

std::vector<std::byte> floor_list(const std::vector<KeySetSpec::FloorSpec>& floors) {
  if (floors.size() > suit::kMaxFloors) throw refused("a KeySet has 16 floors at most");
  return written([&](CborWriter& out) {
    for (const auto& floor : floors) {
      out.array(2);
      out.bytes(floor.class_id);
      out.uint(floor.sequence);
    }
  });
}

// KeySet::read, which also takes one that nobody has signed yet.
suit::KeySet read_unsigned_too(Bytes bytes) {
  const auto set = suit::KeySet::read(bytes);
  if (set) return *set;
  if (set.error().code != Code::unsigned_image) throw refused(std::string(sentence(set.error())));
  suit::CborReader in(bytes);
  in.fixed("\xd8\x62\x84\x40\xa0");
  suit::KeySet blank;
  blank.payload = in.bytes();
  return blank;
}

}  // namespace

std::vector<std::byte> make_key_set(const KeySetSpec& spec) {
  if (spec.root.keys.empty() || spec.release.keys.empty()) {
    throw refused("a KeySet has at least one root key and one release key");
  }
  if (spec.version == 0) throw refused("versions of a KeySet begin with 1");
  KeyTable table;
  suit::KeySet set;
  set.version = spec.version;
  set.roles = {table.add(spec.root), table.add(spec.release), table.add(spec.freshness)};
  set.keys = table.encoded();
  const auto floors = floor_list(spec.floors);
  const auto revoked = digest_list(spec.revoked, suit::kMaxRevoked, "revoked packages");
  const auto image_keys = digest_list(spec.image_keys, suit::kMaxImageKeys, "image keys");
  set.floors = floors;
  set.floor_count = spec.floors.size();
  set.revoked = revoked;
  set.image_keys = image_keys;
  const auto payload = written([&](CborWriter& out) { suit::write_key_set_payload(out, set); });
  set.payload = payload;
  return written([&](CborWriter& out) { suit::write_key_set(out, set); });
}

std::vector<std::byte> sign_key_set(Bytes key_set, const Signer& signer) {
  suit::KeySet set = read_unsigned_too(key_set);
  const auto kid = kid_of(signer.point);
  for (std::size_t i = 0; i < set.signature_count; ++i) {
    if (std::ranges::equal(set.signatures[i].kid, kid)) {
      throw refused("this key has signed the KeySet already");
    }
  }
  if (set.signature_count == suit::kMaxKeySetSignatures) {
    throw refused("a KeySet has 8 signatures at most");
  }
  const Signature signature = checked_signature(signer, suit::Purpose::key_set, set.payload);
  set.signatures[set.signature_count++] = {suit::Algorithm::esp256, kid, signature};
  auto made = written([&](CborWriter& out) { suit::write_key_set(out, set); });
  if (made.size() > suit::kMaxKeySetBytes) {
    throw refused("the KeySet would be larger than the 2048 bytes that a device takes");
  }
  return made;
}

}  // namespace updraft::host
