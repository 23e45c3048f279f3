// Makes signed packages and KeySets on a desk, with the device's own writer.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/suit/package.hpp"
#include "host/signing/product.hpp"
#include "host/signing/signing_key.hpp"
#include "host/signing/written.hpp"

namespace updraft::host {

// Signs what it is given; its other half knows the key.
struct Signer {
  Point point{};
  std::function<Signature(Bytes message)> sign;
};
Signer signer_of(const SigningKey& key);
// Of this payload, verified: a signer may be somebody else's program. Throws Trouble: it is not of
// its key.
Signature checked_signature(const Signer& signer, suit::Purpose purpose, Bytes payload);

// Names of the files beside a package that hold a transfer and its index; both empty: the package
// holds them.
struct BesideSpec {
  std::string transfer, index;
};

// One thing that a package brings.
struct ComponentSpec {
  std::vector<std::byte> name;  // as it is encoded: app_component() and the others below
  Product product;
  Bytes image;     // as it is installed
  Bytes transfer;  // as it is sent; most often the same
  BesideSpec beside = {};
};
std::vector<std::byte> app_component();
std::vector<std::byte> rescue_component();
std::vector<std::byte> co_processor_component();
std::vector<std::byte> file_system_component(std::string_view partition_label);

struct PackageSpec {
  std::vector<ComponentSpec> components;  // 1 to 4, in the order in which they are written
  std::uint64_t sequence = 0;
  std::vector<std::uint64_t> version;  // up to three numbers; empty: none
  bool index = true;
};

// A package without signatures, indexes and transfers inside but for what stands beside it. Throws
// Trouble: too large, too many components, or a name that no package may point to.
std::vector<std::byte> make_package(const PackageSpec& spec);
// The index of a transfer: what a file beside a package holds.
std::vector<std::byte> chunk_index(Bytes transfer);

// The bytes of which SHA-256 is signed. Throws Trouble: no package.
std::vector<std::byte> package_message(Bytes package);

// The package with one more signature block; the signature is verified first. Throws Trouble: no
// package, too many blocks, one of that key is there, or it does not verify.
std::vector<std::byte> attach(Bytes package, const Point& point, const Signature& signature);

struct KeySetSpec {
  std::uint64_t version = 1;
  struct Group {
    std::vector<Point> keys;
    std::uint64_t threshold = 1;
  };
  Group root, release, freshness;
  struct FloorSpec {
    Id class_id{};
    std::uint64_t sequence = 0;
  };
  std::vector<FloorSpec> floors;
  std::vector<crypto::Sha256Digest> revoked, image_keys;
};
// Without signatures: to be signed with sign_key_set, as often as its root wants. Throws Trouble:
// more than a device takes, or thresholds that nobody can reach.
std::vector<std::byte> make_key_set(const KeySetSpec& spec);
// What KeySet::read refuses as unsigned is taken here. Throws Trouble.
std::vector<std::byte> sign_key_set(Bytes key_set, const Signer& signer);

// The bytes of which SHA-256 is signed, for a KeySet or the digest of a package.
std::vector<std::byte> message_of(suit::Purpose purpose, Bytes payload);

}  // namespace updraft::host
