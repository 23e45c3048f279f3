// Shapes that no vector has: which versions a manifest may have, and numbers of a KeySet that would
// fit if they were cut to 32 bits.
#include <gtest/gtest.h>

#include "tests/golden/suit_vectors.hpp"

namespace updraft::suit {
namespace {

using golden::from_hex;
using golden::suit_file;

// The manifest of the worked example with another version in place of h'83010203'.
std::string with_version(const std::string& version) {
  const std::string hex = golden::to_hex(read_envelope(suit_file("p01-integrated.hex"))->manifest);
  const std::string before = "064483010203";
  const auto at = hex.find(before);
  const auto bytes = from_hex(version);
  CborWriter measure{MutableBytes{}};
  measure.bytes(bytes);
  std::vector<std::byte> item(measure.size());
  CborWriter(item).bytes(bytes);
  return hex.substr(0, at) + "06" + golden::to_hex(item) + hex.substr(at + before.size());
}

struct Shape {
  const char* hex;
  const char* code;
};

TEST(SuitShape, AVersionHasNumbersThenAMarkThenOneMore) {
  for (const Shape& row :
       {Shape{"8101", "ok"}, Shape{"83010203", "ok"}, Shape{"8401020320", "ok"},
        Shape{"850102032204", "ok"}, Shape{"82 01 20", "ok"}, Shape{"83 01 21 05", "ok"},
        Shape{"80", "profile_unsupported"}, Shape{"8401020304", "profile_unsupported"},
        Shape{"8120", "profile_unsupported"}, Shape{"820123", "profile_unsupported"},
        Shape{"83012020", "profile_unsupported"}, Shape{"8401200102", "profile_unsupported"},
        Shape{"81f6", "profile_unsupported"}, Shape{"81 41 01", "profile_unsupported"},
        Shape{"01", "profile_unsupported"}, Shape{"8201", "malformed"},
        Shape{"811801", "malformed"}}) {
    const auto manifest = read_manifest(from_hex(with_version(row.hex)));
    EXPECT_EQ(manifest ? "ok" : name(manifest.error().code), row.code) << row.hex;
  }
}

// KeySet 1, whose release role is 82 01 81 03, with another one; the lengths before it as well.
std::vector<std::byte> with_release(const std::string& role) {
  const auto file = suit_file("k01-keyset-1.hex");
  const auto set = KeySet::read(file);
  std::string payload = golden::to_hex(set->payload);
  const std::string before = "838202830001028201810382018104";
  const auto at = payload.find(before);
  payload.replace(at + 14, 8, role);
  KeySet changed = *set;
  const auto bytes = from_hex(payload);
  changed.payload = bytes;
  CborWriter measure{MutableBytes{}};
  write_key_set(measure, changed);
  std::vector<std::byte> out(measure.size());
  CborWriter written(out);
  write_key_set(written, changed);
  return out;
}

TEST(SuitShape, ARoleHasKeysThatThereAreAndAThresholdThatTheyReach) {
  for (const Shape& row :
       {Shape{"82018103", "ok"}, Shape{"8202820304", "ok"}, Shape{"8201820304", "ok"},
        Shape{"82028103", "malformed"}, Shape{"82008103", "malformed"},
        Shape{"820080", "malformed"}, Shape{"82018105", "malformed"},
        Shape{"8201820403", "malformed"}, Shape{"8201820303", "malformed"},
        Shape{"83018103", "malformed"}, Shape{"821b00000001000000018103", "malformed"},
        Shape{"8201811b0000000100000003", "malformed"},
        Shape{"82019b000000010000000103", "malformed"}}) {
    const auto set = KeySet::read(with_release(row.hex));
    EXPECT_EQ(set ? "ok" : name(set.error().code), row.code) << row.hex;
  }
}

}  // namespace
}  // namespace updraft::suit
