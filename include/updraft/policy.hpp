// The policy gate: the one place that decides whether a payload may be installed (security.md
// section 2). No protocol has a gate of its own.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/flash.hpp"
#include "updraft/intake.hpp"
#include "updraft/result.hpp"
#include "updraft/steering.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

inline constexpr std::size_t kClassifyBytes = 16;  // what the gate looks at
inline constexpr std::size_t kMaxWrappers = 2;     // unwrapping more often is refused

// What the first bytes of a payload say it is.
enum class PayloadClass : std::uint8_t {
  image,           // e9
  signed_package,  // d8 6b
  key_set,         // d8 62
  encrypted,       // cf b6 88 07
  delta,           // "UDLT", 10 de cd fc
  compressed,      // gzip, zlib
  web_page,        // '<': a login or error page in place of the file
  unknown,
};

// `first`: up to kClassifyBytes; fewer if the payload is shorter.
PayloadClass classify(Bytes first);

// What proved an accepted image; the `trust` member of update events.
enum class Trust : std::uint8_t { signed_image, sender, unsigned_image };
std::string_view name(Trust trust);  // "signed", "sender", "unsigned"

inline ImageName image_name(const crypto::Sha256Digest& digest) {
  ImageName name;
  std::copy_n(digest.begin(), name.size(), name.begin());
  return name;
}

// "5f82e316d434907d"; nullopt: not exactly 16 hex digits.
std::optional<ImageName> parse_image_name(std::string_view text);

// An image whose trial here was lost. It is refused until somebody lets it in by name.
struct Remembered {
  crypto::Sha256Digest image;
  RolledBack why;
};

class Signing;  // engine/update/signing.hpp

// Whether the first of two version texts is the older one; false where that cannot be said.
using IsOlder = bool(std::string_view a, std::string_view b);

// What this device lets in. The default lets in nothing that is not signed.
struct Policy {
  std::uint64_t unsigned_schemes = 0;  // a bit per protocol, by its id: --allow-unsigned
  bool require_hash = false;           // refuse images without an appended SHA-256
  std::string_view project;            // only this project_name; empty: any
  // Refuse a version that is older than what runs: by format::is_older (version_order.hpp), or a
  // product's own order. nullptr: any version may come.
  IsOlder* is_older = nullptr;
  // The longest flash operation, as an erase unit: 4, 32 or 64 KiB (SlotPlan::max_erase).
  std::uint32_t max_block = kFlashBlock;
  // Rolled-back images that may be tried again, asked for by name.
  std::span<const ImageName> retry;
  // Verifies what is signed, and outlives the policy. As soon as it holds a KeySet, what is not
  // signed comes in only while the device is armed. nullptr: packages are refused.
  Signing* signing = nullptr;

  void allow_unsigned(Scheme scheme) { unsigned_schemes |= std::uint64_t{1} << scheme->id; }
  bool allows_unsigned(Scheme scheme) const { return (unsigned_schemes >> scheme->id & 1u) != 0; }
};

// What the bytes to be judged were wrapped in.
struct Wrapped {
  std::size_t layers = 0;
  bool sealed = false;  // the innermost of them was a pre-encrypted container
  bool packed = false;  // all of it came in a package that was verified; no layer of its own
};

// Whether these bytes can be the start of a payload: with a wrong key a container gives random
// bytes. Random bytes look like an image once in 10^7 times, and like a zlib stream, which the next
// stage refuses, once in 20,000. So a zlib stream in a container must have zlib's default header.
bool makes_sense(Bytes first);

// Errors: not_an_image (found: first byte), not_an_app (erased flash comes first), wrong_key (the
// link or a container was decrypted, and this is no image; or a container, for which there is no
// key), unsigned, not_armed, keyset_missing, alg_unsupported (a wrapper that this device has no
// stage for), malformed (wrapped once more than kMaxWrappers, a container in a container, or a
// package in a wrapper).
Result<Trust> judge(const Policy& policy, const Offer& offer, Bytes first,
                    const Wrapped& around = {});

// The same gate for files that are no images - scripts are code too - and, before anything has come
// of a payload, for whether any of it could be accepted unsigned. Errors: unsigned; not_armed.
Result<Trust> judge_files(const Policy& policy, const Offer& offer);
// Whether packages are verified here: then anybody may begin, and the head of what comes decides.
bool takes_packages(const Policy& policy);

// The best that an image arriving by `scheme` can be, as `listening` events show it.
Trust best_unproven_trust(const Policy& policy, Scheme scheme);

}  // namespace updraft
