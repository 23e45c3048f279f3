// Scenarios of one connection of a device: what the server does, what the device asks for, what the
// engine is told, and how it ends.
#include "protocols/req/req_client.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "protocols/req/req_client_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::req_head;

using Step = std::function<void(ReqClientBench&)>;

struct Scenario {
  const char* name;
  std::vector<Step> steps;
  std::string asked;
  std::string calls;         // what the engine was told
  std::optional<Code> ends;  // outcome; nullopt: ok
  Millis age{0};             // of the connection when it closed
};

void PrintTo(const Scenario& row, std::ostream* out) { *out << row.name; }

class ReqClientScenario : public testing::TestWithParam<Scenario> {};

TEST_P(ReqClientScenario, EndsAsItShould) {
  const Scenario& row = GetParam();
  ReqClientBench bench;
  for (const Step& step : row.steps) step(bench);

  ASSERT_TRUE(bench.closed());
  EXPECT_EQ(bench.asked, row.asked);
  EXPECT_EQ(bench.intake.calls, row.calls);
  EXPECT_EQ(bench.intake.misuse, "");
  EXPECT_FALSE(bench.intake.in_session);
  const Result<> outcome = bench.client.outcome();
  EXPECT_EQ(outcome ? "ok" : name(outcome.error().code), row.ends ? name(*row.ends) : "ok");
  const bool asked = !row.calls.empty();
  EXPECT_EQ(bench.intake.reports, asked ? "" : name(*row.ends)) << "each end is told once";
  EXPECT_EQ(bench.age(), row.age);
  EXPECT_EQ(bench.client.deadline(), std::nullopt);
  if (!outcome) return;
  EXPECT_EQ(bench.intake.last_bytes, bench.file);
}

// What the server does.
Step answer(std::size_t count, std::size_t chunk = 0) {
  return [=](ReqClientBench& b) { b.answer(count, chunk); };
}
Step say(const std::string& words) {
  return [=](ReqClientBench& b) { b.say(words); };
}
// The first bytes of the next package, which the server then holds to be sent.
Step part(std::size_t size) {
  return [=](ReqClientBench& b) { b.say(b.packages.at(b.at++).substr(0, size)); };
}
Step wait(Millis time) {
  return [=](ReqClientBench& b) { b.wait(time); };
}
// A byte now and then, for so long.
Step drip(Millis pause, Millis time) {
  return [=](ReqClientBench& b) {
    for (const Instant until = b.now + time; b.now < until && !b.closed(); b.wait(pause))
      b.say("x");
  };
}
const Step kAll = [](ReqClientBench& b) { b.answer_all(); };
const Step kRepeat = [](ReqClientBench& b) { b.repeat(); };
const Step kFin = [](ReqClientBench& b) { b.fin(); };
const Step kReset = [](ReqClientBench& b) { b.reset(); };
const Step kSilence = [](ReqClientBench& b) { b.stay_silent(); };
const Step kHush = wait(kReqSilenceMs);

// What the device does.
Step begin_says(Code code) {
  return [=](ReqClientBench& b) { b.intake.begin_error = code; };
}
Step write_says(Code code, std::uint64_t from) {
  return [=](ReqClientBench& b) {
    b.intake.write_error = code;
    b.intake.write_error_from = from;
  };
}
Step finish_says(Code code) {
  return [=](ReqClientBench& b) { b.intake.finish_error = code; };
}
Step flash_takes(Millis time) {
  return [=](ReqClientBench& b) { b.flash_time = time; };
}

std::string zeros(std::size_t count) { return std::string(count, '0'); }  // requests, all plain
const std::string kAsked = zeros(samples::kReqPackages);
const std::string kDone = "begin finish";
const std::string kBad = "total: x\r\n\r\n";

const Scenario kScenarios[] = {
    // The file arrives.
    {"whole", {kAll}, kAsked, kDone, {}},
    {"byte_by_byte", {answer(16, 1)}, kAsked, kDone, {}},
    {"odd_pieces", {answer(16, 101)}, kAsked, kDone, {}},
    {"late_answers", {wait(4999ms), answer(1), wait(4999ms), kAll}, kAsked, kDone, {}, 9998ms},
    {"flash_work_is_no_silence",
     {flash_takes(7s), answer(15), flash_takes(0s), kAll},
     kAsked,
     kDone,
     {},
     105s},
    {"more_after_the_last",
     {answer(15), say(samples::req_package(samples::image(8000), 7680) + "x")},
     kAsked,
     kDone,
     {}},

    // A broken package is asked for again, after a hush, and followed by one.
    {"broken_head",
     {answer(3), say(kBad), kHush, answer(1), kHush, kAll},
     "0000"
     "1" +
         zeros(12),
     kDone,
     {},
     1s},
    {"cut_package",
     {answer(3), part(300), wait(5s), kHush, kRepeat, kHush, kAll},
     "0000"
     "1" +
         zeros(12),
     kDone,
     {},
     6s},
    {"cut_head",
     {answer(3), part(10), wait(5s), kHush, kRepeat, kHush, kAll},
     "0000"
     "1" +
         zeros(12),
     kDone,
     {},
     6s},
    {"rest_of_a_package_within_the_hush",
     {answer(3), part(300), wait(5s + 499ms), say("late"), wait(499ms), say("later"), kHush,
      kRepeat, kHush, kAll},
     "0000"
     "1" +
         zeros(12),
     kDone,
     {},
     6498ms + 500ms},
    {"second_copy_within_the_hush",
     {answer(3), wait(5500ms), answer(1), kRepeat, kHush, kAll},
     "0000"
     "1" +
         zeros(12),
     kDone,
     {},
     6s},
    {"third_resend_works",
     {answer(3), say(kBad), kHush, say(kBad), kHush, say(kBad), kHush, answer(1), kHush, kAll},
     "0000"
     "111" +
         zeros(12),
     kDone,
     {},
     2s},
    {"each_package_has_its_own_resends",
     {answer(3), say(kBad), kHush, say(kBad), kHush, answer(1), kHush, say(kBad), kHush, say(kBad),
      kHush, answer(1), kHush, kAll},
     "0000"
     "11"
     "0"
     "11" +
         zeros(11),
     kDone,
     {},
     3s},

    // It stays broken.
    {"fourth_time_broken",
     {answer(3), say(kBad), kHush, say(kBad), kHush, say(kBad), kHush, say(kBad)},
     "0000"
     "111",
     "begin abort:protocol",
     Code::protocol,
     1500ms},
    {"never_answers_again",
     {answer(3), kSilence},
     "0000"
     "111",
     "begin abort:timeout",
     Code::timeout,
     4 * 5s + 3 * 500ms},
    {"never_a_hush",
     {answer(3), say(kBad), drip(499ms, 1h)},
     "0000",
     "begin abort:timeout",
     Code::timeout,
     5s},
    {"drips_a_package",
     {answer(3), part(40), drip(1s, 5s), drip(499ms, 1h)},
     "0000",
     "begin abort:timeout",
     Code::timeout,
     10s},
    {"first_package_again_and_again",
     {answer(3), wait(5500ms), kRepeat},
     "0000"
     "1",
     "begin abort:protocol",
     Code::protocol,
     5500ms},

    // Never again: the first package, and the last one.
    {"first_head_broken", {say(kBad)}, "0", "", Code::protocol},
    {"first_package_cut", {part(300), kSilence}, "0", "", Code::timeout, 5s},
    {"first_package_never_comes", {kSilence}, "0", "", Code::timeout, 5s},
    {"last_head_broken", {answer(15), say(kBad)}, kAsked, "begin abort:protocol", Code::protocol},
    {"last_package_cut",
     {answer(15), part(100), kSilence},
     kAsked,
     "begin abort:timeout",
     Code::timeout,
     5s},
    {"last_package_never_comes",
     {answer(15), kSilence},
     kAsked,
     "begin abort:timeout",
     Code::timeout,
     5s},

    // The connection goes away.
    {"closed_at_once", {kFin}, "0", "", Code::payload_missing},
    {"lost_at_once", {kReset}, "0", "", Code::payload_missing},
    {"closed_in_the_first", {part(300), kFin}, "0", "", Code::payload_missing},
    {"closed_between_packages", {answer(3), kFin}, "0000", "begin abort:aborted", Code::aborted},
    {"lost_in_a_package",
     {answer(3), part(300), kReset},
     "0000",
     "begin abort:aborted",
     Code::aborted},
    {"lost_in_a_hush",
     {answer(3), say(kBad), kReset},
     "0000",
     "begin abort:aborted",
     Code::aborted},
    {"closed_after_the_last", {kAll, kFin, kReset}, kAsked, kDone, {}},

    // The engine, or the slot, says no.
    {"busy", {begin_says(Code::busy), answer(1)}, "0", "begin", Code::busy},
    {"no_image", {write_says(Code::not_an_image, 0), answer(1)}, "0", "begin", Code::not_an_image},
    {"flash_breaks", {write_says(Code::flash, 1024), answer(2)}, "00", "begin", Code::flash},
    {"bad_hash", {finish_says(Code::bad_hash), kAll}, kAsked, kDone, Code::bad_hash},
    {"too_big", {say(req_head("262145", "512"))}, "0", "", Code::too_big},
    {"far_too_big", {say(req_head("9999999999", "512"))}, "0", "", Code::too_big},
};

INSTANTIATE_TEST_SUITE_P(Rows, ReqClientScenario, testing::ValuesIn(kScenarios),
                         [](const auto& row) { return std::string(row.param.name); });

// Heads that are well formed and do not fit what came before: each is a broken package, and the
// right one is still taken after it.
struct Misfit {
  const char* name;
  std::string head;
};
void PrintTo(const Misfit& row, std::ostream* out) { *out << row.name; }

class ReqClientMisfit : public testing::TestWithParam<Misfit> {};

TEST_P(ReqClientMisfit, IsAskedForAgain) {
  ReqClientBench bench;
  bench.answer(3);
  bench.say(GetParam().head);
  bench.wait(kReqSilenceMs);
  EXPECT_EQ(bench.asked, "00001");
  bench.answer();
  bench.wait(kReqSilenceMs);
  bench.answer_all();
  EXPECT_TRUE(bench.closed());
  EXPECT_EQ(bench.intake.last_bytes, bench.file);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ReqClientMisfit,
    testing::Values(Misfit{"total_changes", req_head("8001", "512")},
                    Misfit{"total_shrinks", req_head("2000", "464")},
                    Misfit{"total_above_the_slot", req_head("262145", "512")},
                    Misfit{"length_0", req_head("8000", "0")},
                    Misfit{"length_4097", req_head("8000", "4097")},
                    Misfit{"digits_11", req_head("00000008000", "512")},
                    Misfit{"no_end_in_128_bytes", std::string(128, 'x')},
                    Misfit{"end_after_128_bytes", std::string(125, 'x') + "\r\n\r\n"},
                    Misfit{"a_body_of_another_protocol", "HTTP/1.1 200 OK\r\n\r\n<html>"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::link
