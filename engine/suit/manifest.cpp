#include "engine/suit/manifest.hpp"

#include "engine/suit/manifest_text.hpp"

namespace updraft::suit {
namespace {

// Reads on after a fault as if nothing was, as CborReader does; the first fault counts.
class ManifestReader {
 public:
  explicit ManifestReader(Manifest& out) : out_(out) {}
  Result<> read(Bytes bytes);

 private:
  void malformed() { say(Code::malformed); }
  void say(Code code) {
    if (!code_) code_ = code;
  }
  // What is CBOR, and another text.
  void end(const CborReader& in) {
    if (!in.at_end()) say(Code::profile_unsupported);
  }
  void check(const CborReader& in) {
    if (!in.good()) say(Code::profile_unsupported);
  }
  void within(const CborReader& in, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (in.good() && (value < least || value > most)) malformed();
  }

  Bytes content_of(CborReader& in);
  std::string_view uri(CborReader& in);
  void component_names(CborReader& in);
  void common(Bytes bytes);
  void version(CborReader& in);
  void shared(CborReader& in, Component& component);
  void install(CborReader& in, Component& component);
  void fetch(Bytes bytes, Component& component);
  void image_matches(CborReader& in, Component&) { in.fixed(text::kImageMatches); }
  using Block = void (ManifestReader::*)(CborReader& in, Component& component);
  void list(CborReader& from, std::size_t items, Block block);

  Manifest& out_;
  std::optional<Code> code_;
};

// A byte string with CBOR in it.
Bytes ManifestReader::content_of(CborReader& in) {
  const Bytes content = in.bytes();
  check(in);
  if (!is_deterministic(content)) malformed();
  return content;
}

std::string_view ManifestReader::uri(CborReader& in) {
  const std::string_view uri = in.text();
  check(in);
  within(in, uri.size(), 1, kMaxUri);
  if (!is_integrated(uri) && !is_relative(uri)) say(Code::profile_unsupported);
  return uri;
}

void ManifestReader::component_names(CborReader& in) {
  const std::uint64_t count = in.array();
  check(in);
  within(in, count, 1, kMaxComponents);
  if (code_) return;
  out_.count = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < out_.count; ++i) {
    const std::size_t start = in.at();
    const std::uint64_t parts = in.array();
    if (parts == 0 || parts > 2) in.fail();  // a word, and a label where it needs one
    for (std::uint64_t part = 0; in.good() && part < parts; ++part) (void)in.bytes();
    check(in);
    if (in.good()) out_.components[i].name = in.since(start);
  }
}

// A list of commands: one block for each component, which is chosen by its number where there are
// more than one.
void ManifestReader::list(CborReader& from, std::size_t items, Block block) {
  CborReader in(content_of(from));
  const bool one = out_.count == 1;
  if (in.array() != (one ? items : out_.count * (items + 2))) in.fail();
  for (std::size_t i = 0; i < out_.count; ++i) {
    if (!one) in.fixed(text::kSetComponent);
    if (!one && in.uint() != i) in.fail();
    (this->*block)(in, out_.components[i]);
  }
  end(in);
}

void ManifestReader::shared(CborReader& in, Component& component) {
  in.fixed(text::kVendor);
  component.vendor = in.take(kIdBytes);
  in.fixed(text::kClass);
  component.class_id = in.take(kIdBytes);
  in.fixed(text::kImageDigest);
  component.digest = in.take(kDigestBytes);
  in.fixed(text::kImageSize);
  component.size = in.uint();
  in.fixed(text::kConditions);
}

void ManifestReader::fetch(Bytes bytes, Component& component) {
  CborReader in(bytes);
  in.fixed(text::kTransfer);
  const std::uint64_t transfer = in.uint();
  in.fixed(text::kPages);
  const std::uint64_t pages = in.array();
  within(in, pages, 1, kMaxPages);
  const std::size_t start = in.at();
  for (std::uint64_t i = 0; in.good() && i < pages; ++i) (void)in.bytes(kDigestBytes);
  check(in);
  if (code_) return;
  component.fetch = Fetch{ChunkIndex(transfer, in.since(start)), {}};
  if (!component.fetch->index.complete()) malformed();
  in.fixed(text::kIndexUri);
  component.fetch->uri = uri(in);
  end(in);
}

void ManifestReader::install(CborReader& in, Component& component) {
  in.fixed(text::kSetParameters);
  const std::uint64_t parameters = in.map();
  if (parameters != 1 && parameters != 2) in.fail();
  in.fixed(text::kUri);
  component.uri = uri(in);
  if (parameters == 2) {
    in.fixed(text::kFetchArguments);
    fetch(content_of(in), component);
  }
  in.fixed(text::kFetch);
}

void ManifestReader::common(Bytes bytes) {
  CborReader in(bytes);
  in.fixed(text::kComponents);
  component_names(in);
  in.fixed(text::kShared);
  list(in, text::kSharedItems, &ManifestReader::shared);
  end(in);
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

void ManifestReader::version(CborReader& in) {
  in.fixed(text::kVersion);
  out_.version = content_of(in);
  if (!is_version(out_.version)) say(Code::profile_unsupported);
}

Result<> ManifestReader::read(Bytes bytes) {
  if (!is_deterministic(bytes)) malformed();
  CborReader in(bytes);
  const std::uint64_t members = in.map();
  in.fixed(text::kSequence);
  out_.sequence = in.uint();
  within(in, out_.sequence, 0, kMaxSequence);
  in.fixed(text::kCommon);
  common(content_of(in));
  std::uint64_t found = text::kLeastMembers;
  if (in.next() == load_u8(as_bytes(text::kVersion), 0)) {
    version(in);
    ++found;
  }
  in.fixed(text::kValidate);
  list(in, text::kValidateItems, &ManifestReader::image_matches);
  in.fixed(text::kInstall);
  list(in, text::kInstallItems, &ManifestReader::install);
  if (members == found + 1) {
    in.fixed(text::kTextDigest);
    out_.text_digest = in.take(kDigestBytes);
    ++found;
  }
  if (members != found) in.fail();
  end(in);
  if (code_) return fail(*code_, Where::gate);
  return {};
}

}  // namespace

Result<Manifest> read_manifest(Bytes bytes) {
  Manifest manifest;
  UPDRAFT_TRY(ManifestReader(manifest).read(bytes));
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
