// What is read and written again has the same bytes.
#include <gtest/gtest.h>

#include "tests/golden/suit_vectors.hpp"

namespace updraft::suit {
namespace {

using golden::suit_file;
using golden::suit_vectors;

// Written into exactly as much memory as it takes.
template <class Write>
std::vector<std::byte> written(Write write) {
  CborWriter measure{MutableBytes{}};
  write(measure);
  std::vector<std::byte> out(measure.size());
  CborWriter real(out);
  write(real);
  EXPECT_TRUE(real.fits());
  return out;
}

std::vector<std::byte> bytes_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(SuitWriter, WritesPackagesAsTheyWere) {
  unsigned seen = 0;
  for (const golden::SuitVector& row : suit_vectors().vectors) {
    if (row.expect != "ok" || !row.file.starts_with("p")) continue;
    const auto file = suit_file(row.file);
    const auto package = open_package(file, suit_vectors().devices.at(row.device).trusted());
    ASSERT_TRUE(package) << row.file;
    const auto manifest = written([&](CborWriter& out) { write_manifest(out, package->manifest); });
    EXPECT_EQ(manifest, bytes_of(package->envelope.manifest)) << row.file;
    const auto signatures = read_signatures(package->envelope);
    const auto head = written([&](CborWriter& out) {
      write_envelope(out, package->envelope, signatures->all(), package->members);
    });
    EXPECT_EQ(head, bytes_of(Bytes(file).first(package->members.head))) << row.file;
    ++seen;
  }
  EXPECT_EQ(seen, 8u);
}

TEST(SuitWriter, WritesKeySetsAndTokensAsTheyWere) {
  for (const char* name : {"k01-keyset-1.hex", "k02-keyset-2.hex", "k03-keyset-two-releases.hex"}) {
    const auto file = suit_file(name);
    const auto set = KeySet::read(file);
    ASSERT_TRUE(set) << name;
    EXPECT_EQ(written([&](CborWriter& out) { write_key_set(out, *set); }), file) << name;
    EXPECT_EQ(written([&](CborWriter& out) { write_key_set_payload(out, *set); }),
              bytes_of(set->payload))
        << name;
  }
  const auto file = suit_file("f01-token.hex");
  const auto token = read_token(file);
  ASSERT_TRUE(token);
  EXPECT_EQ(written([&](CborWriter& out) { write_token(out, *token); }), file);
  EXPECT_EQ(written([&](CborWriter& out) { write_token_payload(out, *token); }),
            bytes_of(token->payload));
}

TEST(SuitWriter, CountsWhatDoesNotFitAndWritesNothingBeyond) {
  std::array<std::byte, 8> room{};
  CborWriter out(MutableBytes(room).first(4));
  out.bytes(golden::from_hex("0102030405"));
  EXPECT_FALSE(out.fits());
  EXPECT_EQ(out.size(), 6u);
  EXPECT_TRUE(out.written().empty());
  EXPECT_EQ(golden::to_hex(Bytes(room).subspan(4)), "00000000");
}

struct HeadRow {
  std::int64_t value;
  const char* hex;
};

TEST(SuitWriter, WritesTheShortestHeads) {
  // RFC 8949, appendix A
  for (const HeadRow& row :
       {HeadRow{0, "00"}, HeadRow{23, "17"}, HeadRow{24, "1818"}, HeadRow{255, "18ff"},
        HeadRow{256, "190100"}, HeadRow{65535, "19ffff"}, HeadRow{65536, "1a00010000"},
        HeadRow{1000000000000, "1b000000e8d4a51000"}, HeadRow{-1, "20"}, HeadRow{-10, "29"},
        HeadRow{-100, "3863"}, HeadRow{-1000, "3903e7"}}) {
    EXPECT_EQ(golden::to_hex(written([&](CborWriter& out) { out.integer(row.value); })), row.hex);
  }
}

}  // namespace
}  // namespace updraft::suit
