#include "engine/suit/manifest.hpp"
#include "engine/suit/manifest_text.hpp"

namespace updraft::suit {
namespace {

// What a byte string holds has to be measured before its head is written: each part is written
// twice, the first time without room.
template <class Write>
void wrapped(CborWriter& out, Write write) {
  CborWriter measure{MutableBytes{}};
  write(measure);
  out.head(Major::bytes, measure.size());
  write(out);
}

template <class Block>
void write_list(CborWriter& out, const Manifest& manifest, std::size_t items, Block block) {
  const bool one = manifest.count == 1;
  wrapped(out, [&](CborWriter& list) {
    list.array(one ? items : manifest.count * (items + 2));
    for (std::size_t i = 0; i < manifest.count; ++i) {
      if (!one) list.fixed(text::kSetComponent);
      if (!one) list.uint(i);
      block(list, manifest.components[i]);
    }
  });
}

void write_shared(CborWriter& out, const Component& component) {
  out.fixed(text::kVendor);
  out.raw(component.vendor);
  out.fixed(text::kClass);
  out.raw(component.class_id);
  out.fixed(text::kImageDigest);
  out.raw(component.digest);
  out.fixed(text::kImageSize);
  out.uint(component.size);
  out.fixed(text::kConditions);
}

void write_fetch(CborWriter& out, const Fetch& fetch) {
  out.fixed(text::kTransfer);
  out.uint(fetch.index.transfer());
  out.fixed(text::kPages);
  out.array(fetch.index.pages());
  for (std::size_t i = 0; i < fetch.index.pages(); ++i) out.bytes(fetch.index.page_digest(i));
  out.fixed(text::kIndexUri);
  out.text(fetch.uri);
}

void write_install(CborWriter& out, const Component& component) {
  out.fixed(text::kSetParameters);
  out.map(component.fetch ? 2 : 1);
  out.fixed(text::kUri);
  out.text(component.uri);
  if (component.fetch) {
    out.fixed(text::kFetchArguments);
    wrapped(out, [&](CborWriter& inside) { write_fetch(inside, *component.fetch); });
  }
  out.fixed(text::kFetch);
}

void write_common(CborWriter& out, const Manifest& manifest) {
  out.fixed(text::kComponents);
  out.array(manifest.count);
  for (const Component& component : manifest.all()) out.raw(component.name);
  out.fixed(text::kShared);
  write_list(out, manifest, text::kSharedItems, write_shared);
}

}  // namespace

void write_manifest(CborWriter& out, const Manifest& manifest) {
  out.map(text::kLeastMembers + (manifest.version.empty() ? 0u : 1u) +
          (manifest.text_digest.empty() ? 0u : 1u));
  out.fixed(text::kSequence);
  out.uint(manifest.sequence);
  out.fixed(text::kCommon);
  wrapped(out, [&](CborWriter& common) { write_common(common, manifest); });
  if (!manifest.version.empty()) {
    out.fixed(text::kVersion);
    out.bytes(manifest.version);
  }
  out.fixed(text::kValidate);
  write_list(out, manifest, text::kValidateItems,
             [](CborWriter& list, const Component&) { list.fixed(text::kImageMatches); });
  out.fixed(text::kInstall);
  write_list(out, manifest, text::kInstallItems, write_install);
  if (!manifest.text_digest.empty()) {
    out.fixed(text::kTextDigest);
    out.raw(manifest.text_digest);
  }
}

}  // namespace updraft::suit
