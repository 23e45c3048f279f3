// Both ends of raw TCP joined: what goes in comes out, for every cipher, size and piece.
#include <tuple>

#include <gtest/gtest.h>

#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/raw/raw_sender.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using samples::Sealing;

class RawTransfer : public testing::TestWithParam<std::tuple<Sealing, std::size_t, std::size_t>> {};

TEST_P(RawTransfer, BringsEveryByte) {
  const auto& [sealing, size, chunk] = GetParam();
  const auto image = samples::image(size);
  const auto cipher = samples::cipher(sealing);
  std::optional<LinkDecryptor> decryptor;
  if (cipher) decryptor.emplace(*cipher);
  fakes::FakeIntake intake;
  intake.image_size = size;
  MemorySource source(image);
  RawSender sender(source, cipher ? &*cipher : nullptr);
  RawReceiver receiver(intake, {.slot_size = size, .decryptor = decryptor ? &*decryptor : nullptr});

  EXPECT_EQ(Pipe(sender, receiver, chunk).run(), Millis{0});

  EXPECT_EQ(sender.phase(), Phase::closed);
  EXPECT_TRUE(sender.outcome());
  EXPECT_TRUE(receiver.outcome());
  EXPECT_EQ(sender.sent(), sender.total());
  auto expected = image;
  if (cipher) expected.resize(align_up(size, crypto::kAesBlock), std::byte{0xFF});
  EXPECT_EQ(intake.last_bytes, expected);
  EXPECT_EQ(intake.misuse, "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, RawTransfer,
                         testing::Combine(testing::ValuesIn(samples::kSealings),
                                          testing::Values<std::size_t>(1, 15, 16, 17, 31, 32, 1000,
                                                                       1024, 65'536, 100'003),
                                          testing::Values<std::size_t>(1, 7, 16, 1460, 4096,
                                                                       65'536)),
                         [](const auto& row) {
                           return samples::name(std::get<0>(row.param)) + "_" +
                                  std::to_string(std::get<1>(row.param)) + "_in_pieces_of_" +
                                  std::to_string(std::get<2>(row.param));
                         });

// The image is cut at every byte: no outcome is a success, and the engine's session ends.
class RawCut : public testing::TestWithParam<Sealing> {};
INSTANTIATE_TEST_SUITE_P(Sealings, RawCut, testing::ValuesIn(samples::kSealings),
                         [](const auto& row) { return samples::name(row.param); });

TEST_P(RawCut, AtEveryByteIsNoSuccess) {
  const auto image = samples::image(4096);
  const auto cipher = samples::cipher(GetParam());
  const auto wire = samples::sealed(image, cipher);
  std::optional<LinkDecryptor> decryptor;
  if (cipher) decryptor.emplace(*cipher);
  fakes::FakeIntake intake;
  intake.image_size = image.size();
  for (std::size_t cut = 0; cut < wire.size(); ++cut) {
    RawReceiver receiver(intake,
                         {.slot_size = 4096, .decryptor = decryptor ? &*decryptor : nullptr});
    receiver.on_connected({});
    receiver.on_bytes(Bytes(wire).first(cut), {});
    receiver.on_lost({});
    ASSERT_EQ(receiver.phase(), Phase::closed);
    ASSERT_FALSE(receiver.outcome()) << "cut at " << cut;
    ASSERT_FALSE(intake.in_session);
  }
  EXPECT_EQ(intake.misuse, "");
}

}  // namespace
}  // namespace updraft::link
