// What a device does with what lies on a card: taken once, refused once, and never in a loop.
#include "protocols/sd/sd_device.hpp"

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "tests/fakes/fake_card.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using samples::Sealing;
using Next = SdDevice::Next;

constexpr std::size_t kImage = 10'000;
constexpr std::uint64_t kSlot = 64 * 1024;

class Bench {
 public:
  explicit Bench(Sealing sealing = Sealing::plain) : cipher(samples::cipher(sealing)) {
    if (cipher) decryptor.emplace(*cipher);
    start();
  }
  void start() {
    device.emplace(
        intake, card,
        SdDevice::Config{.slot_size = kSlot, .decryptor = decryptor ? &*decryptor : nullptr});
  }
  void put(const std::string& name, std::size_t size = kImage) {
    card.put(name, samples::sealed(samples::image(size), cipher));
  }
  // Until nothing is to be done for so many looks; true: the device restarts.
  bool run(int looks = 4) {
    for (int steps = 0; looks > 0; ++steps) {
      EXPECT_LT(steps, 10'000);
      const Next next = device->step();
      if (next == Next::restart) return true;
      if (next == Next::later) --looks;
    }
    EXPECT_TRUE(device->is_looking());
    EXPECT_FALSE(intake.in_session);
    EXPECT_EQ(card.misuse, "");
    EXPECT_EQ(intake.misuse, "");
    return false;
  }

  std::optional<LinkCipher> cipher;
  std::optional<LinkDecryptor> decryptor;
  fakes::FakeIntake intake;
  fakes::FakeCard card;
  std::optional<SdDevice> device;
};

std::string digest_line(Bytes bytes) {
  std::array<std::byte, 64> digits;
  write_hex(crypto::sha256(bytes), digits);
  return std::string(as_text(digits)) + "  app.bin\n";
}

class SdSizes : public testing::TestWithParam<std::tuple<Sealing, std::size_t>> {};

TEST_P(SdSizes, AreTakenWhole) {
  const auto& [sealing, size] = GetParam();
  Bench bench(sealing);
  bench.put("app.bin", size);
  EXPECT_TRUE(bench.run());
  auto expected = samples::image(size);
  if (bench.cipher) expected.resize(align_up(size, crypto::kAesBlock), std::byte{0xFF});
  EXPECT_EQ(bench.intake.last_bytes, expected);
  EXPECT_EQ(bench.intake.calls, "begin finish");
  EXPECT_EQ(bench.intake.offer.size, sealing == Sealing::plain ? size : 0);
  EXPECT_EQ(bench.card.names(), "app.bin.taken");
}

INSTANTIATE_TEST_SUITE_P(Sizes, SdSizes,
                         testing::Combine(testing::ValuesIn(samples::kSealings),
                                          testing::Values<std::size_t>(16, 17, 2047, 2048, 2049,
                                                                       4096, 60'000)),
                         [](const auto& row) {
                           return samples::name(std::get<0>(row.param)) + "_" +
                                  std::to_string(std::get<1>(row.param));
                         });

TEST(SdDevice, RenamesWhatRunsAlreadyAndDoesNotRestart) {
  Bench bench;
  bench.intake.taken = Taken::current;
  bench.put("app.bin");
  bench.card.put("app.bin.sha256", as_bytes(digest_line(samples::image(kImage))));
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(bench.intake.calls, "begin finish");
  EXPECT_EQ(bench.card.names(), "app.bin.taken app.bin.taken.sha256");
}

TEST(SdDevice, TakesFilesByTheirNames) {
  Bench bench;
  bench.intake.taken = Taken::current;
  for (const char* const name : {"c.bin", "a.bin", "b.suit"}) bench.put(name);
  bench.put("d.txt");
  EXPECT_FALSE(bench.run(10));
  EXPECT_EQ(bench.card.names(), "a.bin.taken b.suit.taken c.bin.taken d.txt");
}

TEST(SdDevice, WaitsUntilAFileStandsStill) {
  Bench bench;
  for (int i = 1; i < 6; ++i) {
    bench.put("app.bin", static_cast<std::size_t>(i) * 1000);
    EXPECT_EQ(bench.device->step(), Next::later) << "somebody is copying it";
  }
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.intake.last_bytes.size(), 5000u);
}

TEST(SdDevice, ALockedCardIsNoLoop) {
  Bench bench;
  bench.intake.taken = Taken::current;
  bench.card.locked = true;
  bench.put("app.bin");
  EXPECT_FALSE(bench.run(10));
  EXPECT_EQ(bench.intake.calls, "begin finish");
}

struct Bad {
  const char* name;
  std::function<void(Bench&)> make;
  std::string calls, reports;
};
void PrintTo(const Bad& row, std::ostream* out) { *out << row.name; }
class SdRefused : public testing::TestWithParam<Bad> {};

TEST_P(SdRefused, OnceUntilItChangesOrTheDeviceStartsAgain) {
  const Bad& row = GetParam();
  Bench bench;
  bench.put("app.bin");
  row.make(bench);
  EXPECT_FALSE(bench.run(20));
  EXPECT_EQ(bench.intake.calls, row.calls);
  EXPECT_EQ(bench.intake.reports, row.reports);
  EXPECT_TRUE(bench.card.files.contains("app.bin")) << "it stays what it is";
  const std::string calls = bench.intake.calls, reports = bench.intake.reports;
  bench.start();
  EXPECT_FALSE(bench.run(20));
  EXPECT_EQ(bench.intake.calls + bench.intake.reports, calls + (calls.empty() ? "" : " ") + calls +
                                                           reports + (reports.empty() ? "" : " ") +
                                                           reports);
  bench.intake.begin_error = bench.intake.write_error = bench.intake.finish_error = {};
  bench.intake.image_size = 0;
  bench.card.files.erase("app.bin.sha256");
  bench.put("app.bin");
  EXPECT_TRUE(bench.run(20)) << "another file of that name has its turn";
}

const Bad kBad[] = {
    {"empty", [](Bench& b) { b.card.put("app.bin", {}); }, "", "payload_missing"},
    {"larger_than_the_slot", [](Bench& b) { b.put("app.bin", kSlot + 4097); }, "", "too_big"},
    {"unsigned", [](Bench& b) { b.intake.begin_error = Code::unsigned_image; }, "begin", ""},
    {"wrong_chip", [](Bench& b) { b.intake.write_error = Code::wrong_chip; }, "begin", ""},
    {"known_bad", [](Bench& b) { b.intake.finish_error = Code::known_bad; }, "begin finish", ""},
    {"cut", [](Bench& b) { b.intake.image_size = kImage + 1; }, "begin finish", ""},
    {"another_digest",
     [](Bench& b) { b.card.put("app.bin.sha256", as_bytes(digest_line(samples::image(16)))); }, "",
     "digest_mismatch"},
    {"no_digest", [](Bench& b) { b.card.put("app.bin.sha256", as_bytes("nothing")); }, "",
     "malformed"},
};
INSTANTIATE_TEST_SUITE_P(Rows, SdRefused, testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SdDevice, CipherTextThatIsNoMultipleOf16IsNeverBegun) {
  Bench bench(Sealing::cbc);
  bench.card.put("app.bin", samples::image(1001));
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(bench.intake.calls + bench.intake.reports, "size_mismatch");
}

TEST(SdDevice, ABusyEngineIsAskedAgain) {
  Bench bench;
  bench.put("app.bin");
  bench.intake.begin_error = Code::busy;
  EXPECT_FALSE(bench.run(3));
  bench.intake.begin_error = {};
  EXPECT_TRUE(bench.run());
}

// The card is pulled before any of its reads: nothing is a success, and it is taken when it is
// back.
TEST(SdDevice, ACardThatIsPulledAtAnyReadIsTakenWhenItIsBack) {
  for (std::size_t at = 0;; ++at) {
    Bench bench;
    bench.put("app.bin");
    bench.card.put("app.bin.sha256", as_bytes(digest_line(samples::image(kImage))));
    bench.card.reads_until_pulled = at;
    const bool taken = bench.run();
    if (!bench.card.pulled) {
      EXPECT_TRUE(taken);
      EXPECT_GT(at, 10u);
      return;
    }
    ASSERT_FALSE(taken) << at;
    bench.card.pulled = false;
    bench.card.reads_until_pulled = SIZE_MAX;
    ASSERT_TRUE(bench.run()) << at;
  }
}

// The file becomes shorter while it is read.
TEST(SdDevice, AShortReadIsAnError) {
  Bench bench;
  bench.put("app.bin");
  while (!bench.intake.in_session) (void)bench.device->step();
  bench.card.files["app.bin"].bytes.resize(3000);
  bench.intake.image_size = kImage;
  EXPECT_FALSE(bench.run());
  EXPECT_EQ(bench.intake.calls, "begin abort:size_mismatch begin finish")
      << "another size, another try";
}

TEST(SdDevice, AnyNumberOfBadFilesComesToRest) {
  Bench bench;
  bench.intake.write_error = Code::not_an_image;
  for (int i = 0; i < 40; ++i) bench.put("file" + std::to_string(100 + i) + ".bin");
  EXPECT_FALSE(bench.run(200));
  const std::string calls = bench.intake.calls;
  EXPECT_FALSE(bench.run(200));
  EXPECT_EQ(bench.intake.calls, calls);
}

}  // namespace
}  // namespace updraft::link
