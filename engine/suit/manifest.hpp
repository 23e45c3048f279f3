// The manifest of a package: a fixed text with blanks (spec/suit.md sections 2 and 3). A device
// compares it and fills in the blanks; it does not interpret commands.
#pragma once
#include <optional>
#include <span>

#include "updraft/result.hpp"

#include "engine/suit/cbor_reader.hpp"
#include "engine/suit/cbor_writer.hpp"
#include "engine/suit/chunk_index.hpp"

namespace updraft::suit {

inline constexpr std::size_t kMaxComponents = 4;
inline constexpr std::size_t kMaxUri = 256;
inline constexpr std::uint64_t kMaxSequence = (std::uint64_t{1} << 53) - 1;  // exact in JSON

// Component identifiers as they are encoded.
inline constexpr std::string_view kAppComponent =
    "\x81\x43"
    "app";
inline constexpr std::string_view kRescueComponent =
    "\x81\x46"
    "rescue";
inline constexpr std::string_view kCoProcessorComponent =
    "\x81\x42"
    "cp";

struct Fetch {
  ChunkIndex index;
  std::string_view uri;  // of the index
};

struct Component {
  Bytes name;  // as it is encoded
  Bytes vendor, class_id;
  Bytes digest;            // of the image as it is installed
  std::uint64_t size = 0;  // of the image
  std::string_view uri;    // of what is sent
  std::optional<Fetch> fetch;

  // What is sent at most; without an index nobody says.
  std::uint64_t transfer() const { return fetch ? fetch->index.transfer() : 0; }
};

// Views into the bytes that were read.
struct Manifest {
  std::uint64_t sequence = 0;
  Bytes version;      // as it is encoded; empty: none
  Bytes text_digest;  // empty: none
  std::array<Component, kMaxComponents> components;
  std::size_t count = 0;
  std::span<const Component> all() const { return std::span(components).first(count); }
};

// Row 8 of section 5. Errors: malformed (no CBOR, or numbers out of their range);
// profile_unsupported (not this text).
Result<Manifest> read_manifest(Bytes bytes);
// The same into `manifest`, which is blank, and `why`.
bool read_manifest(Bytes bytes, Manifest& manifest, Error& why);

void write_manifest(CborWriter& out, const Manifest& manifest);

// A name beside the package, or in it: no scheme, no host, nothing above.
bool is_relative(std::string_view uri);
inline bool is_integrated(std::string_view uri) { return uri.starts_with('#'); }

}  // namespace updraft::suit
