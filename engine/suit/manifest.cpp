#include "engine/suit/manifest.hpp"

#include "engine/suit/manifest_text.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

Failure malformed() { return fail(Code::malformed, Where::gate); }
Failure unsupported() { return fail(Code::profile_unsupported, Where::gate); }

// A byte string with CBOR in it.
Result<Bytes> content_of(CborReader& in) {
  const Bytes content = in.bytes();
  if (!in.good()) return unsupported();
  if (!is_deterministic(content)) return malformed();
  return content;
}

Result<> read_component_names(CborReader& in, Manifest& manifest) {
  const std::uint64_t count = in.array();
  if (in.good() && (count == 0 || count > kMaxComponents)) return malformed();
  manifest.count = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < manifest.count; ++i) {
    const std::size_t start = in.at();
    const std::uint64_t parts = in.array();
    if (parts == 0 || parts > 2) in.fail();  // a word, and a label where it needs one
    for (std::uint64_t part = 0; in.good() && part < parts; ++part) (void)in.bytes();
    if (!in.good()) return unsupported();
    manifest.components[i].name = in.since(start);
  }
  return {};
}

// A list of commands: one block for each component, which is chosen by its number where there are
// more than one.
template <class Block>
Result<> read_list(Bytes list, const Manifest& manifest, std::size_t items, Block block) {
  CborReader in(list);
  const bool one = manifest.count == 1;
  if (in.array() != (one ? items : manifest.count * (items + 2))) in.fail();
  for (std::size_t i = 0; i < manifest.count; ++i) {
    if (!one) in.fixed(text::kSetComponent);
    if (!one && in.uint() != i) in.fail();
    UPDRAFT_TRY(block(in, i));
  }
  if (!in.at_end()) return unsupported();
  return {};
}

Result<> read_shared(CborReader& in, Component& component) {
  in.fixed(text::kVendor);
  component.vendor = in.take(kIdBytes);
  in.fixed(text::kClass);
  component.class_id = in.take(kIdBytes);
  in.fixed(text::kImageDigest);
  component.digest = in.take(kDigestBytes);
  in.fixed(text::kImageSize);
  component.size = in.uint();
  in.fixed(text::kConditions);
  return {};
}

Result<std::string_view> read_uri(CborReader& in) {
  const std::string_view uri = in.text();
  if (!in.good()) return unsupported();
  if (uri.empty() || uri.size() > kMaxUri) return malformed();
  if (!is_integrated(uri) && !is_relative(uri)) return unsupported();
  return uri;
}

Result<Fetch> read_fetch(Bytes arguments) {
  CborReader in(arguments);
  in.fixed(text::kTransfer);
  const std::uint64_t transfer = in.uint();
  in.fixed(text::kPages);
  const std::uint64_t pages = in.array();
  if (in.good() && (pages == 0 || pages > kMaxPages)) return malformed();
  const std::size_t start = in.at();
  for (std::uint64_t i = 0; i < pages; ++i) (void)in.bytes(kDigestBytes);
  if (!in.good()) return unsupported();
  Fetch fetch{ChunkIndex(transfer, in.since(start)), {}};
  if (!fetch.index.complete()) return malformed();
  in.fixed(text::kIndexUri);
  const auto uri = read_uri(in);
  if (!uri) return uri.error();
  fetch.uri = *uri;
  if (!in.at_end()) return unsupported();
  return fetch;
}

Result<> read_install(CborReader& in, Component& component) {
  in.fixed(text::kSetParameters);
  const std::uint64_t parameters = in.map();
  if (parameters != 1 && parameters != 2) in.fail();
  in.fixed(text::kUri);
  const auto uri = read_uri(in);
  if (!uri) return uri.error();
  component.uri = *uri;
  if (parameters == 2) {
    in.fixed(text::kFetchArguments);
    const auto arguments = content_of(in);
    if (!arguments) return arguments.error();
    const auto fetch = read_fetch(*arguments);
    if (!fetch) return fetch.error();
    component.fetch = *fetch;
  }
  in.fixed(text::kFetch);
  return {};
}

Result<> read_common(Bytes common, Manifest& manifest) {
  CborReader in(common);
  in.fixed(text::kComponents);
  UPDRAFT_TRY(read_component_names(in, manifest));
  in.fixed(text::kShared);
  const auto shared = content_of(in);
  if (!shared) return shared.error();
  if (!in.at_end()) return unsupported();
  return read_list(*shared, manifest, text::kSharedItems, [&](CborReader& list, std::size_t i) {
    return read_shared(list, manifest.components[i]);
  });
}

// [1*3 uint, ? -3..-1, ? uint]
bool is_version(Bytes version) {
  CborReader in(version);
  const std::uint64_t items = in.array();
  std::uint64_t numbers = 0;
  bool mark = false;
  for (std::uint64_t i = 0; in.good() && i < items; ++i) {
    const CborReader::Head item = in.head();
    if (item.major == Major::uint) {
      if (mark ? i + 1 != items : ++numbers > 3) return false;
    } else if (item.major != Major::nint || item.value > 2 || mark || numbers == 0) {
      return false;
    } else {
      mark = true;
    }
  }
  return in.at_end() && numbers != 0;
}

Result<> read_version(CborReader& in, Manifest& manifest) {
  in.fixed(text::kVersion);
  const auto version = content_of(in);
  if (!version) return version.error();
  if (!is_version(*version)) return unsupported();
  manifest.version = *version;
  return {};
}

Result<> read_steps(CborReader& in, Manifest& manifest) {
  in.fixed(text::kValidate);
  const auto validate = content_of(in);
  if (!validate) return validate.error();
  UPDRAFT_TRY(read_list(*validate, manifest, text::kValidateItems,
                        [](CborReader& list, std::size_t) -> Result<> {
                          list.fixed(text::kImageMatches);
                          return {};
                        }));
  in.fixed(text::kInstall);
  const auto install = content_of(in);
  if (!install) return install.error();
  return read_list(*install, manifest, text::kInstallItems, [&](CborReader& list, std::size_t i) {
    return read_install(list, manifest.components[i]);
  });
}

}  // namespace

Result<Manifest> read_manifest(Bytes bytes) {
  if (!is_deterministic(bytes)) return malformed();
  Manifest manifest;
  CborReader in(bytes);
  const std::uint64_t members = in.map();
  in.fixed(text::kSequence);
  manifest.sequence = in.uint();
  if (in.good() && manifest.sequence > kMaxSequence) return malformed();
  in.fixed(text::kCommon);
  const auto common = content_of(in);
  if (!common) return common.error();
  UPDRAFT_TRY(read_common(*common, manifest));
  std::uint64_t found = text::kLeastMembers;
  if (in.next() == load_u8(as_bytes(text::kVersion), 0)) {
    UPDRAFT_TRY(read_version(in, manifest));
    ++found;
  }
  UPDRAFT_TRY(read_steps(in, manifest));
  if (members == found + 1) {
    in.fixed(text::kTextDigest);
    manifest.text_digest = in.take(kDigestBytes);
    ++found;
  }
  if (!in.at_end() || members != found) return unsupported();
  return manifest;
}

bool is_relative(std::string_view uri) {
  constexpr std::string_view kMarks = "._-/";
  const auto may_be = [kMarks](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != kMarks.npos;
  };
  if (!std::ranges::all_of(uri, may_be)) return false;
  while (true) {
    const std::string_view part = uri.substr(0, uri.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    if (part.size() == uri.size()) return true;
    uri.remove_prefix(part.size() + 1);
  }
}

}  // namespace updraft::suit
