#include "engine/suit/manifest.hpp"

#include "engine/suit/manifest_text.hpp"
#include "engine/suit/refusal.hpp"

namespace updraft::suit {
namespace {

constexpr std::uint8_t kFirstNegative = static_cast<std::uint8_t>(Major::nint) << 5;

void within(CborReader& in, std::uint64_t value, std::uint64_t most) {
  if (value > most) in.fail(Code::malformed);
}

void deterministic(CborReader& in, Bytes content) {
  if (!is_deterministic(content)) in.fail(Code::malformed);
}

// Into a byte string with CBOR in it.
CborReader::Mark enter(CborReader& in, const std::string_view& before) {
  in.fixed(before);
  const CborReader::Mark outer = in.enter();
  deterministic(in, in.rest());
  return outer;
}

std::string_view read_uri(CborReader& in, const std::string_view& before) {
  in.fixed(before);
  const std::string_view uri = in.text();
  within(in, uri.size() - 1, kMaxUri - 1);
  if (!is_integrated(uri) && !is_relative(uri)) in.fail();
  return uri;
}

// [1*3 uint, ? -3..-1, ? uint]
void read_version(CborReader& in) {
  std::size_t left = in.array();
  std::size_t numbers = 0;
  for (; left != 0 && numbers < 3 && in.next() < kFirstNegative; ++numbers, --left) (void)in.uint();
  if (numbers == 0) in.fail();
  if (left != 0) {
    if (std::size_t{in.next()} - kFirstNegative > 2) in.fail();
    (void)in.part(1);
    if (--left != 0) (void)in.uint();
    if (left > 1) in.fail();
  }
}

void read_shared(CborReader& in, Component& component) {
  component.vendor = in.take_after(text::kVendor, kIdBytes);
  component.class_id = in.take_after(text::kClass, kIdBytes);
  component.digest = in.take_after(text::kImageDigest, kDigestBytes);
  component.size = in.uint_after(text::kImageSize);
  in.fixed(text::kConditions);
}

void read_validate(CborReader& in, Component&) { in.fixed(text::kImageMatches); }

void read_fetch(CborReader& in, std::optional<Fetch>& fetch) {
  const CborReader::Mark outer = enter(in, text::kFetchArguments);
  const std::uint64_t transfer = in.uint_after(text::kTransfer);
  in.fixed(text::kPages);
  const std::size_t pages = in.array();
  within(in, pages - 1, kMaxPages - 1);
  const CborReader::Mark start = in.mark();
  for (std::size_t i = 0; in.good() && i < pages; ++i) (void)in.bytes(kDigestBytes);
  fetch.emplace(ChunkIndex(transfer, in.since(start)));
  if (!fetch->index.complete()) in.fail(Code::malformed);
  fetch->uri = read_uri(in, text::kIndexUri);
  in.leave(outer);
}

void read_install(CborReader& in, Component& component) {
  in.fixed(text::kSetParameters);
  const std::size_t parameters = in.map();
  if (parameters - 1 > 1) in.fail();
  component.uri = read_uri(in, text::kUri);
  if (parameters == 2) read_fetch(in, component.fetch);
  in.fixed(text::kFetch);
}

// A list of commands: one block for each component, which is chosen by its number where there are
// more than one.
using Block = void (*)(CborReader& in, Component& component);
void read_list(CborReader& in, Manifest& manifest, const std::string_view& before,
               std::size_t items, Block block) {
  const CborReader::Mark outer = enter(in, before);
  const bool one = manifest.count == 1;
  if (in.array() != (one ? items : manifest.count * (items + 2))) in.fail();
  for (std::size_t i = 0; in.good() && i < manifest.count; ++i) {
    if (!one && in.uint_after(text::kSetComponent) != i) in.fail();
    block(in, manifest.components[i]);
  }
  in.leave(outer);
}

void read_names(CborReader& in, Manifest& manifest) {
  manifest.count = in.array();
  within(in, manifest.count - 1, kMaxComponents - 1);
  for (std::size_t i = 0; in.good() && i < manifest.count; ++i) {
    const CborReader::Mark start = in.mark();
    const std::size_t parts = in.array();  // a word, and a label where it needs one
    if (parts - 1 > 1) in.fail();
    (void)in.bytes();
    if (parts == 2) (void)in.bytes();
    manifest.components[i].name = in.since(start);
  }
}

void read_members(CborReader& in, Manifest& manifest) {
  std::size_t members = in.map() - text::kLeastMembers;
  manifest.sequence = in.uint_after(text::kSequence);
  within(in, manifest.sequence, kMaxSequence);
  const CborReader::Mark outer = enter(in, text::kCommon);
  in.fixed(text::kComponents);
  read_names(in, manifest);
  read_list(in, manifest, text::kShared, text::kSharedItems, read_shared);
  in.leave(outer);
  if (in.next() == load_u8(as_bytes(text::kVersion), 0)) {
    const CborReader::Mark behind = enter(in, text::kVersion);
    manifest.version = in.rest();
    read_version(in);
    in.leave(behind);
    --members;
  }
  read_list(in, manifest, text::kValidate, text::kValidateItems, read_validate);
  read_list(in, manifest, text::kInstall, text::kInstallItems, read_install);
  if (members == 1) {
    manifest.text_digest = in.take_after(text::kTextDigest, kDigestBytes);
    --members;
  }
  if (members != 0) in.fail();
}

}  // namespace

bool read_manifest(Bytes bytes, Manifest& manifest, Error& why) {
  CborReader in(bytes, Code::profile_unsupported);
  deterministic(in, bytes);
  read_members(in, manifest);
  return is_whole(in, why);
}

Result<Manifest> read_manifest(Bytes bytes) {
  Manifest manifest;
  Error why = no_refusal();
  if (!read_manifest(bytes, manifest, why)) return why;
  return manifest;
}

bool is_relative(std::string_view uri) {
  std::size_t dots = 0, others = 0;  // of the part between two slashes
  for (std::size_t i = 0; i <= uri.size(); ++i) {
    const unsigned c = i < uri.size() ? static_cast<unsigned char>(uri[i]) : '/';
    if (c == '/') {
      if (others == 0 && dots <= 2) return false;  // nothing, "." or ".."
      dots = others = 0;
    } else if (c == '.') {
      ++dots;
    } else if ((c | 0x20) - 'a' < 26 || c - '0' < 10 || c == '_' || c == '-') {
      ++others;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace updraft::suit
