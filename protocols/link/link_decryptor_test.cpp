#include "protocols/link/link_decryptor.hpp"

#include <tuple>

#include <gtest/gtest.h>

#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using samples::hex;
using samples::Sealing;

std::vector<std::byte> decrypt(LinkDecryptor& decryptor, Bytes wire, std::size_t chunk) {
  std::vector<std::byte> all;
  while (!wire.empty()) {
    Bytes rx = wire.first(std::min(chunk, wire.size()));
    wire = wire.subspan(rx.size());
    while (true) {
      const Bytes plain = decryptor.next(rx);
      if (plain.empty()) break;
      all.insert(all.end(), plain.begin(), plain.end());
    }
    EXPECT_TRUE(rx.empty());
  }
  return all;
}

struct Vector {
  const char* name;
  Sealing sealing;
  std::string wire, plain;
};

class RawVector : public testing::TestWithParam<Vector> {};

TEST_P(RawVector, DecryptsInPiecesOfAnySize) {
  LinkDecryptor decryptor(*samples::cipher(GetParam().sealing));
  const auto wire = hex(GetParam().wire);
  for (std::size_t chunk = 1; chunk <= wire.size(); ++chunk) {
    decryptor.reset();
    EXPECT_EQ(decrypt(decryptor, wire, chunk), hex(GetParam().plain)) << "chunk " << chunk;
  }
}

const std::string kPlain(samples::kVectorPlain);
const std::string kPkcs7 = "10101010101010101010101010101010";

INSTANTIATE_TEST_SUITE_P(
    Rows, RawVector,
    testing::Values(Vector{"cbc", Sealing::cbc, std::string(samples::kVectorCbc), kPlain},
                    Vector{"cbc_pkcs7_stays", Sealing::cbc,
                           std::string(samples::kVectorCbc) + std::string(samples::kVectorCbcPkcs7),
                           kPlain + kPkcs7},
                    Vector{"ecb", Sealing::ecb, std::string(samples::kVectorEcb), kPlain}),
    [](const auto& row) { return std::string(row.param.name); });

class LinkDecryptorChunks : public testing::TestWithParam<std::tuple<Sealing, std::size_t>> {};

TEST_P(LinkDecryptorChunks, GiveTheSameBytes) {
  const auto& [sealing, chunk] = GetParam();
  const auto plain = samples::image(20'000);
  const auto wire = samples::sealed(plain, samples::cipher(sealing));
  LinkDecryptor decryptor(*samples::cipher(sealing));
  EXPECT_EQ(decrypt(decryptor, wire, chunk), plain);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LinkDecryptorChunks,
                         testing::Combine(testing::Values(Sealing::ecb, Sealing::cbc),
                                          testing::Values<std::size_t>(1, 15, 16, 17, 100, 1023,
                                                                       1024, 1025, 5744, 20'000)));

TEST(LinkDecryptor, ForgetsAnUnfinishedBlockOnReset) {
  LinkDecryptor decryptor(*samples::cipher(Sealing::cbc));
  const auto wire = hex(samples::kVectorCbc);
  (void)decrypt(decryptor, Bytes(wire).first(23), 23);
  decryptor.reset();
  EXPECT_EQ(decrypt(decryptor, wire, 32), hex(samples::kVectorPlain));
}

}  // namespace
}  // namespace updraft::link
