// Scenarios of one connection to the device: each row says what the peer does, what the engine is
// told, and how it ends. Every row runs plain and with both ciphers.
#include "protocols/raw/raw_receiver.hpp"

#include <functional>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/fakes/receiver_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;

constexpr std::size_t kImage = 64 * 1024;

using Step = std::function<void(ReceiverBench&)>;

struct Scenario {
  const char* name;
  std::vector<Step> steps;
  std::string calls;         // what the engine was told
  std::optional<Code> ends;  // outcome; nullopt: ok
  Millis at_least{0};        // age of the connection when it closed
  Millis at_most{0};
};

void PrintTo(const Scenario& row, std::ostream* out) { *out << row.name; }

class RawReceiverScenario : public testing::TestWithParam<std::tuple<Scenario, Sealing>> {};

TEST_P(RawReceiverScenario, EndsAsItShould) {
  const auto& [row, sealing] = GetParam();
  ReceiverBench bench(sealing);
  bench.intake.image_size = kImage;
  for (const Step& step : row.steps) step(bench);

  ASSERT_TRUE(bench.closed());
  EXPECT_EQ(bench.intake.calls, row.calls);
  EXPECT_EQ(bench.intake.misuse, "");
  EXPECT_FALSE(bench.intake.in_session);
  const Result<> outcome = bench.receiver->outcome();
  EXPECT_EQ(outcome ? "ok" : name(outcome.error().code), row.ends ? name(*row.ends) : "ok");
  EXPECT_EQ(bench.intake.reports, "") << "who has shown nothing was no attempt";
  EXPECT_EQ(bench.receiver->attempted(), !row.calls.empty());
  EXPECT_GE(bench.age(), row.at_least);
  EXPECT_LE(bench.age(), row.at_most);
  EXPECT_EQ(bench.receiver->deadline(), std::nullopt);
}

// What the peer does.
Step send(std::size_t size, std::size_t chunk = 0) {
  return [=](ReceiverBench& b) { b.send(samples::image(size), chunk); };
}
Step drip(std::size_t size, std::size_t chunk, Millis pause) {
  return [=](ReceiverBench& b) {
    b.drip(samples::sealed(samples::image(size), b.cipher), chunk, pause);
  };
}
Step noise(std::size_t size, Millis pause) {
  return [=](ReceiverBench& b) { b.drip(std::vector<std::byte>(size), 4096, pause); };
}
Step wait(Millis time) {
  return [=](ReceiverBench& b) { b.wait(time); };
}
const Step kWhole = send(kImage);
const Step kHalf = send(kImage / 2);
const Step kHead = send(16);
const Step kFin = [](ReceiverBench& b) { b.fin(); };
const Step kReset = [](ReceiverBench& b) { b.reset(); };
const Step kSilence = [](ReceiverBench& b) { b.stay_silent(); };

// What the device does.
Step begin_says(Code code) {
  return [=](ReceiverBench& b) { b.intake.begin_error = code; };
}
Step write_says(Code code, std::uint64_t from = 0) {
  return [=](ReceiverBench& b) {
    b.intake.write_error = code;
    b.intake.write_error_from = from;
  };
}
Step finish_says(Code code) {
  return [=](ReceiverBench& b) { b.intake.finish_error = code; };
}
Step flash_takes(Millis time) {
  return [=](ReceiverBench& b) { b.flash_time = time; };
}

constexpr std::size_t kMost = ReceiverBench::kSlot + 4096;
constexpr std::size_t kFlood = 64 << 20;
const std::string kDone = "begin finish";

const Scenario kScenarios[] = {
    // The image arrives.
    {"whole_then_fin", {kWhole, kFin}, kDone, {}},
    {"whole_then_silence", {kWhole, kSilence}, kDone, {}, 2s, 2s},
    {"whole_then_reset", {kWhole, kReset}, kDone, {}},
    {"byte_by_byte", {send(kImage, 1), kFin}, kDone, {}},
    {"odd_pieces", {send(kImage, 1021), kFin}, kDone, {}},
    {"lwip_windows", {send(kImage, 5744), kFin}, kDone, {}},
    {"late_first_byte", {wait(9s), kWhole, kFin}, kDone, {}, 9s, 9s},
    {"pauses_below_2_s", {drip(kImage, 8192, 1999ms), kFin}, kDone, {}, 15s, 16s},
    {"slow_but_fair", {drip(kImage, 512, 1900ms), kFin}, kDone, {}, 240s, 245s},
    {"padding_up_to_the_margin", {send(kMost), kFin}, kDone, {}},
    {"flash_work_is_no_silence",
     {flash_takes(7s), send(kImage, 8192), flash_takes(0s), kFin},
     kDone,
     {},
     56s,
     56s},

    // It does not, or not all of it.
    {"nothing_then_fin", {kFin}, "", Code::payload_missing},
    {"nothing_then_reset", {kReset}, "", Code::payload_missing},
    {"nothing_at_all", {kSilence}, "", Code::timeout, 10s, 10s},
    {"cut_by_fin", {kHalf, kFin}, kDone, Code::size_mismatch},
    {"cut_by_reset", {kHalf, kReset}, kDone, Code::size_mismatch},
    {"cut_by_silence", {kHalf, kSilence}, kDone, Code::timeout, 2s, 2s},
    {"pause_of_2_s", {drip(kImage, 8192, 2s)}, kDone, Code::timeout, 2s, 2s},

    // Too slow.
    {"drips_before_the_head", {drip(kImage, 1, 1s)}, "", Code::timeout, 10s, 10s},
    {"drips_after_the_head",
     {kHead, drip(kImage, 1, 1s)},
     "begin abort:timeout",
     Code::timeout,
     10s,
     12s},
    {"drips_in_long_steps",
     {kHead, drip(kImage, 400, 1900ms)},
     "begin abort:timeout",
     Code::timeout,
     10s,
     13s},
    {"never_ending",
     {drip(ReceiverBench::kSlot, 272, 1s)},
     "begin abort:timeout",
     Code::timeout,
     900s,
     901s},

    // Too much.
    {"one_block_over", {send(kMost), send(16), kFin}, "begin abort:too_big", Code::too_big},
    {"flood", {kHead, noise(kFlood, 10ms)}, "begin abort:too_big", Code::too_big, 3s, 4s},

    // Refused: the peer still gets an orderly end, but no more time than that takes.
    {"busy_then_fin", {begin_says(Code::busy), kWhole, kFin}, "begin", Code::busy},
    {"busy_then_silence", {begin_says(Code::busy), kWhole, kSilence}, "begin", Code::busy, 2s, 2s},
    {"busy_then_flood",
     {begin_says(Code::busy), noise(kFlood, 10ms)},
     "begin",
     Code::busy,
     3s,
     3010ms},
    {"no_image", {write_says(Code::not_an_image), kWhole, kFin}, "begin", Code::not_an_image},
    {"wrong_chip", {write_says(Code::wrong_chip, 288), kWhole, kFin}, "begin", Code::wrong_chip},
    {"wrong_chip_then_drips",
     {write_says(Code::wrong_chip), kWhole, drip(kImage, 1, 1s)},
     "begin",
     Code::wrong_chip,
     3s,
     3s},
    {"wrong_chip_then_reset",
     {write_says(Code::wrong_chip), kWhole, kReset},
     "begin",
     Code::wrong_chip},
    {"bad_hash", {finish_says(Code::bad_hash), kWhole, kFin}, kDone, Code::bad_hash},
    {"bad_hash_by_silence",
     {finish_says(Code::bad_hash), kWhole, kSilence},
     kDone,
     Code::bad_hash,
     2s,
     2s},
};

INSTANTIATE_TEST_SUITE_P(Rows, RawReceiverScenario,
                         testing::Combine(testing::ValuesIn(kScenarios),
                                          testing::ValuesIn(samples::kSealings)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  name(std::get<1>(row.param));
                         });

}  // namespace
}  // namespace updraft::link
