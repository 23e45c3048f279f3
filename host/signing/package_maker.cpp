#include "host/signing/package_maker.hpp"

#include <algorithm>

#include "engine/crypto/signature.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

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

// Of the component of that number: "#img", "#img1", ...
std::string name_of(const char* what, std::size_t number) {
  return what + (number == 0 ? std::string() : std::to_string(number));
}

// A component and all that its manifest's entry points to.
struct Part {
  Part(const ComponentSpec& of, std::size_t number, bool with_index)
      : spec(&of),
        index(with_index ? leaves_of(of.transfer, suit::kChunkBytes) : std::vector<std::byte>{}),
        pages(page_items(index)),
        digest(crypto::sha256(of.image)),
        apart(!of.beside.transfer.empty()),
        index_name(apart ? of.beside.index : name_of("#ix", number)),
        image_name(apart ? of.beside.transfer : name_of("#img", number)) {
    if (of.image.empty() || of.transfer.empty()) throw refused("there is no image");
    if (!apart) return;
    if (index.empty()) throw refused("an image beside its package needs an index");
    for (const std::string& name : {index_name, image_name}) {
      if (suit::is_relative(name) && name.size() <= suit::kMaxUri) continue;
      throw refused(name +
                    ": a package can only point to files whose names have A-Z a-z 0-9 . _ -");
    }
  }
  suit::Component component() const {
    suit::Component made{.name = spec->name,
                         .vendor = spec->product.vendor,
                         .class_id = spec->product.class_id,
                         .digest = digest,
                         .size = spec->image.size(),
                         .uri = image_name,
                         .fetch = std::nullopt};
    if (index.empty()) return made;
    made.fetch = suit::Fetch{suit::ChunkIndex(spec->transfer.size(), pages), index_name};
    if (made.fetch->index.pages() > suit::kMaxPages)
      throw refused("the image has more than 16 MiB");
    return made;
  }

  const ComponentSpec* spec;
  std::vector<std::byte> index, pages;
  crypto::Sha256Digest digest;
  bool apart;
  std::string index_name, image_name;
};

// The integrated payloads in the order of their encoded names: shorter ones first.
void write_payloads(suit::CborWriter& out, const std::vector<Part>& parts) {
  std::vector<std::pair<std::string_view, Bytes>> payloads;
  for (const Part& part : parts) {
    if (part.apart) continue;
    if (!part.index.empty()) payloads.emplace_back(part.index_name, part.index);
    payloads.emplace_back(part.image_name, part.spec->transfer);
  }
  std::ranges::sort(payloads, {},
                    [](const auto& each) { return std::pair(each.first.size(), each.first); });
  for (const auto& [name, content] : payloads) {
    out.text(name);
    out.bytes(content);
  }
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

Signature checked_signature(const Signer& signer, suit::Purpose purpose, Bytes payload) {
  const std::vector<std::byte> message = message_of(purpose, payload);
  const Signature signature = signer.sign(message);
  if (!crypto::verify_p256(signer.point, crypto::sha256(message), signature)) {
    throw refused("the signature is not of this key over this; nothing was written");
  }
  return signature;
}

std::vector<std::byte> app_component() {
  const Bytes name = as_bytes(suit::kAppComponent);
  return {name.begin(), name.end()};
}

std::vector<std::byte> rescue_component() {
  const Bytes name = as_bytes(suit::kRescueComponent);
  return {name.begin(), name.end()};
}

std::vector<std::byte> co_processor_component() {
  const Bytes name = as_bytes(suit::kCoProcessorComponent);
  return {name.begin(), name.end()};
}

std::vector<std::byte> file_system_component(std::string_view partition_label) {
  return written([&](suit::CborWriter& out) {
    out.array(2);
    out.bytes(as_bytes("fs"));
    out.bytes(as_bytes(partition_label));
  });
}

std::vector<std::byte> chunk_index(Bytes transfer) {
  return leaves_of(transfer, suit::kChunkBytes);
}

std::vector<std::byte> make_package(const PackageSpec& spec) {
  if (spec.components.empty() || spec.components.size() > suit::kMaxComponents) {
    throw refused("a package has 1 to 4 components");
  }
  std::vector<Part> parts;
  parts.reserve(spec.components.size());
  for (const ComponentSpec& component : spec.components) {
    parts.emplace_back(component, parts.size(), spec.index);
  }
  const std::vector<std::byte> version = version_item(spec.version);
  suit::Manifest manifest;
  manifest.sequence = spec.sequence;
  manifest.version = version;
  manifest.count = parts.size();
  std::ranges::transform(parts, manifest.components.begin(), &Part::component);
  const auto encoded = written([&](suit::CborWriter& out) { suit::write_manifest(out, manifest); });
  const auto wrapped = written([&](suit::CborWriter& out) { out.bytes(encoded); });
  const auto item = suit::digest_item(crypto::sha256(wrapped));
  suit::Envelope envelope;
  envelope.digest_item = item;
  envelope.manifest = encoded;
  suit::Members members;
  const auto inside = std::ranges::count(parts, false, &Part::apart);
  members.payloads = static_cast<std::size_t>(inside) * (spec.index ? 2 : 1);
  return written([&](suit::CborWriter& out) {
    suit::write_envelope(out, envelope, {}, members);
    write_payloads(out, parts);
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
