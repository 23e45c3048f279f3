// All vectors of spec/suit.md: the table of section 14, every bit and every prefix, and the draft's
// own examples of section 15.
#include <gtest/gtest.h>

#include "tests/golden/suit_vectors.hpp"

namespace updraft::suit {
namespace {

using golden::suit_file;
using golden::suit_vectors;
using Spread = std::map<std::string, int>;

TEST(SuitVectors, EachFileGetsItsCode) {
  EXPECT_EQ(suit_vectors().vectors.size(), 47u);
  for (const golden::SuitVector& row : suit_vectors().vectors) {
    EXPECT_EQ(suit_vectors().devices.at(row.device).judge(row.file, suit_file(row.file)),
              row.expect)
        << row.file;
  }
}

// Under sanitizers one bit of each byte: signatures take ten times as long there.
constexpr std::size_t kFlipStep = UPDRAFT_SANITIZED ? 8 : 1;

Spread flip_every_bit(const std::string& file) {
  const golden::SuitDevice& device = suit_vectors().devices.at("d1");
  std::vector<std::byte> bytes = suit_file(file);
  Spread spread;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += kFlipStep) {
    const auto mask = static_cast<std::byte>(1u << bit % 8);
    bytes[bit / 8] ^= mask;
    ++spread[device.judge(file, bytes)];
    bytes[bit / 8] ^= mask;
  }
  return spread;
}

Spread cut_everywhere(const std::string& file) {
  const std::vector<std::byte> bytes = suit_file(file);
  Spread spread;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ++spread[suit_vectors().devices.at("d1").judge(file, Bytes(bytes).first(size))];
  }
  return spread;
}

TEST(SuitVectors, NoBitOfAPackageMayChange) {
  // As in section 14, but for five changes of the manifest's length. To call these malformed, a
  // device would have to look at the members behind the manifest before it knows who signed, which
  // section 4 forbids; the digest tells them as well.
  const Spread expected{{"digest_mismatch", 1730}, {"signature_invalid", 512},
                        {"key_unknown", 64},       {"alg_unsupported", 34},
                        {"malformed", 259},        {"index_mismatch", 256},
                        {"chunk_mismatch", 2688},  {"payload_missing", 49}};
  const Spread spread = flip_every_bit("p01-integrated.hex");
  EXPECT_FALSE(spread.contains("ok"));
  if (kFlipStep == 1) {
    EXPECT_EQ(spread, expected);
  }
}

TEST(SuitVectors, NoBitOfAKeySetOrTokenMayChange) {
  for (const char* file : {"k02-keyset-2.hex", "f01-token.hex"}) {
    const Spread spread = flip_every_bit(file);
    EXPECT_FALSE(spread.contains("ok")) << file;
    EXPECT_GE(spread.size(), 3u) << file;
  }
}

TEST(SuitVectors, NoPrefixIsTaken) {
  EXPECT_EQ(cut_everywhere("p01-integrated.hex"), (Spread{{"malformed", 699}}));
  EXPECT_EQ(cut_everywhere("k02-keyset-2.hex"), (Spread{{"malformed", 697}}));
  EXPECT_EQ(cut_everywhere("f01-token.hex"), (Spread{{"malformed", 182}}));
}

// The envelopes of a file: the hex blocks behind its "Envelope" lines.
std::vector<std::vector<std::byte>> envelopes(const std::string& file) {
  std::istringstream lines(golden::text("suit/" + file));
  std::vector<std::vector<std::byte>> found;
  std::string hex;
  const auto is_hex = [](const std::string& line) {
    return !line.empty() && line.find_first_not_of("0123456789abcdefABCDEF") == line.npos;
  };
  for (std::string line; std::getline(lines, line);) {
    if (is_hex(line)) {
      hex += line;
      continue;
    }
    if (hex.size() > 100) found.push_back(golden::from_hex(hex));
    hex.clear();
  }
  return found;
}

// A KeySet with the draft's key alone, for the release.
struct DraftKey {
  DraftKey() : key(cose_key(golden::from_hex(kPoint))) {
    set.version = 1;
    set.keys = key;
    set.roles[0] = set.roles[1] = {.threshold = 1, .count = 1, .indexes = {}};
  }
  static constexpr const char* kPoint =
      "8496811aae0baaabd26157189eecda26beaa8bf11b6f3fe6e2b5659c85dbc0ad"
      "3b1f2a4b6c098131c0a36dacd1d78bd381dcdfb09c052db33991db7338b4a896";
  std::array<std::byte, kCoseKeyBytes> key;
  KeySet set;
};

TEST(SuitVectors, TheDraftsOwnExamplesAreVerifiedAndRefused) {
  const DraftKey draft;
  EXPECT_EQ(golden::to_hex(Bytes(thumbprint(draft.key)).first(kKidBytes)), "ca9e35f23b2b525f");
  std::size_t seen = 0;
  for (const char digit : {'0', '1', '2', '3', '4', '5'}) {
    bool is_signed = false;  // the first of each file is not
    for (const auto& envelope : envelopes(std::string("example") + digit + ".txt")) {
      const auto package = open_package(envelope, &draft.set);
      ASSERT_FALSE(package) << digit;
      EXPECT_EQ(name(package.error().code), is_signed ? "profile_unsupported" : "unsigned")
          << digit;
      EXPECT_TRUE(read_envelope(envelope).has_value()) << "the digest fits, " << digit;
      is_signed = true;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 13u);
}

TEST(SuitVectors, ABitOfADraftsSignatureIsSeen) {
  const DraftKey draft;
  auto envelope = envelopes("example0.txt").at(1);
  envelope[80] ^= std::byte{1};  // inside the signature
  const auto package = open_package(envelope, &draft.set);
  ASSERT_FALSE(package);
  EXPECT_EQ(package.error().code, Code::key_unknown) << "no key fits: it has no kid";
}

}  // namespace
}  // namespace updraft::suit
