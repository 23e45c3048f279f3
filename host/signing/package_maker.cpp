#include "host/signing/package_maker.hpp"

#include <algorithm>

#include "engine/crypto/signature.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

constexpr std::string_view kIndexName = "#ix", kImageName = "#img";

Trouble refused(const std::string& what) { return {Trouble::Kind::refused, what}; }

Trouble refused(const Error& error) { return refused(std::string(sentence(error))); }

std::vector<std::byte> leaves_of(Bytes bytes, std::size_t size) {
  std::vector<std::byte> leaves;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(size, bytes.size()))) {
    const crypto::Sha256Digest leaf = crypto::sha256(at_most(bytes, size));
    leaves.insert(leaves.end(), leaf.begin(), leaf.end());
  }
  return leaves;
}

// The digests of pages as a manifest has them.
std::vector<std::byte> page_items(Bytes index) {
  const std::vector<std::byte> digests = leaves_of(index, suit::kPageBytes);
  return written([&](suit::CborWriter& out) {
    for (std::size_t at = 0; at < digests.size(); at += suit::kDigestBytes) {
      out.bytes(Bytes(digests).subspan(at, suit::kDigestBytes));
    }
  });
}

std::vector<std::byte> version_item(const std::vector<std::uint64_t>& version) {
  if (version.empty()) return {};
  return written([&](suit::CborWriter& out) {
    out.array(version.size());
    for (const std::uint64_t number : version) out.uint(number);
  });
}

void write_payload(suit::CborWriter& out, std::string_view name, Bytes content) {
  out.text(name);
  out.bytes(content);
}

std::vector<std::byte> read_whole(Bytes package, suit::Envelope& envelope,
                                  suit::Signatures& signatures, suit::Members& members) {
  const auto read = suit::read_envelope(package);
  if (!read) throw refused(read.error());
  envelope = *read;
  if (envelope.block_count != 0) {
    const auto blocks = suit::read_signatures(envelope);
    if (!blocks) throw refused(blocks.error());
    signatures = *blocks;
  }
  const auto rest = suit::read_members(envelope, package);
  if (!rest) throw refused(rest.error());
  members = *rest;
  const Bytes behind = package.subspan(members.head);
  return {behind.begin(), behind.end()};
}

}  // namespace

std::vector<std::byte> message_of(suit::Purpose purpose, Bytes payload) {
  return written([&](suit::CborWriter& out) {
    suit::write_signed_front(out, purpose, suit::Algorithm::esp256, payload);
    out.raw(payload);
  });
}

Signer signer_of(const SigningKey& key) {
  return {key.point(), [key](Bytes message) { return key.sign(message); }};
}

std::vector<std::byte> make_package(const PackageSpec& spec) {
  if (spec.image.empty()) throw refused("there is no image");
  const std::vector<std::byte> index = leaves_of(spec.transfer, suit::kChunkBytes);
  const std::vector<std::byte> pages = page_items(index);
  const std::vector<std::byte> version = version_item(spec.version);
  const crypto::Sha256Digest digest = crypto::sha256(spec.image);
  suit::Manifest manifest;
  manifest.sequence = spec.sequence;
  manifest.version = version;
  manifest.count = 1;
  suit::Component& app = manifest.components[0];
  app = {.name = as_bytes(suit::kAppComponent),
         .vendor = spec.product.vendor,
         .class_id = spec.product.class_id,
         .digest = digest,
         .size = spec.image.size(),
         .uri = kImageName,
         .fetch = std::nullopt};
  if (spec.index) {
    app.fetch = suit::Fetch{suit::ChunkIndex(spec.transfer.size(), pages), kIndexName};
    if (app.fetch->index.pages() > suit::kMaxPages) throw refused("the image has more than 16 MiB");
  }
  const auto encoded = written([&](suit::CborWriter& out) { suit::write_manifest(out, manifest); });
  const auto wrapped = written([&](suit::CborWriter& out) { out.bytes(encoded); });
  const auto item = suit::digest_item(crypto::sha256(wrapped));
  suit::Envelope envelope;
  envelope.digest_item = item;
  envelope.manifest = encoded;
  suit::Members members;
  members.payloads = spec.index ? 2 : 1;
  return written([&](suit::CborWriter& out) {
    suit::write_envelope(out, envelope, {}, members);
    if (spec.index) write_payload(out, kIndexName, index);
    write_payload(out, kImageName, spec.transfer);
  });
}

std::vector<std::byte> package_message(Bytes package) {
  const auto envelope = suit::read_envelope(package);
  if (!envelope) throw refused(envelope.error());
  return message_of(suit::Purpose::package, envelope->digest_item);
}

std::vector<std::byte> attach(Bytes package, const Point& point, const Signature& signature) {
  suit::Envelope envelope;
  suit::Signatures signatures;
  suit::Members members;
  const auto behind = read_whole(package, envelope, signatures, members);
  if (!crypto::verify_p256(point, crypto::sha256(package_message(package)), signature)) {
    throw refused("the signature is not of this key over this package; nothing was written");
  }
  const auto kid = kid_of(point);
  const auto used = signatures.all();
  if (std::ranges::any_of(used, [&](const suit::SignatureBlock& block) {
        return std::ranges::equal(block.kid, kid);
      })) {
    throw refused("this key has signed the package already");
  }
  if (signatures.count == suit::kMaxSignatures) throw refused("a package has 4 signatures at most");
  signatures.blocks[signatures.count++] = {suit::Algorithm::esp256, kid, signature};
  return written([&](suit::CborWriter& out) {
    suit::write_envelope(out, envelope, signatures.all(), members);
    out.raw(behind);
  });
}

}  // namespace updraft::host
