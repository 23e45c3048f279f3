// Single rules of the device's end, and the weaknesses of the protocol (req-resend.md section 6):
// what the client does about each, or that it can do nothing.
#include <gtest/gtest.h>

#include "protocols/req/req_client_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

// The recorded exchange of the specification, 8000 bytes, cut at every byte of its longest part.
TEST(ReqClientRecorded, IsWhatTheOriginalServerSends) {
  const ReqClientBench bench;
  ASSERT_EQ(bench.packages.size(), samples::kReqPackages);
  EXPECT_EQ(bench.packages.front().size(), 540u);
  EXPECT_TRUE(bench.packages.front().starts_with("total: 8000\r\nlength: 512\r\n\r\n"));
  EXPECT_TRUE(bench.packages.back().starts_with("total: 8000\r\nlength: 320\r\n\r\n"));
  EXPECT_EQ(bench.packages.back().size(), 28u + 320u);
}

TEST(ReqClientRecorded, ArrivesWhateverThePieces) {
  for (std::size_t chunk = 1; chunk <= 545; ++chunk) {
    ReqClientBench bench;
    bench.answer_all(chunk);
    ASSERT_TRUE(bench.closed()) << "chunk " << chunk;
    ASSERT_EQ(bench.intake.last_bytes, bench.file) << "chunk " << chunk;
    ASSERT_EQ(bench.asked, std::string(samples::kReqPackages, '0'));
  }
}

TEST(ReqClientRecorded, ArrivesCutInTwoAtEveryByte) {
  for (std::size_t cut = 1; cut < 540; ++cut) {
    ReqClientBench bench;
    for (const std::string& package : bench.packages) {
      const std::size_t here = std::min(cut, package.size());
      bench.say(package.substr(0, here));
      bench.say(package.substr(here));
    }
    ASSERT_TRUE(bench.closed()) << "cut at " << cut;
    ASSERT_EQ(bench.intake.last_bytes, bench.file) << "cut at " << cut;
  }
}

// Each package is cut off at each byte: no part of it reaches the engine.
TEST(ReqClientRules, HandsOnWholePackagesOnly) {
  for (std::size_t cut = 0; cut < 540; ++cut) {
    ReqClientBench bench;
    bench.answer(3);
    bench.say(bench.packages[3].substr(0, cut));
    ASSERT_EQ(bench.intake.bytes.size(), 3 * 512u) << "cut at " << cut;
    bench.reset();
    ASSERT_EQ(bench.intake.calls, "begin abort:aborted");
    ASSERT_EQ(bench.client.outcome().error(), (Error{Code::aborted, Where::link, 1536, 8000}));
  }
}

TEST(ReqClientRules, ClaimsTheEngineWithTheFirstWholePackage) {
  ReqClientBench bench;
  bench.say(bench.packages[0].substr(0, 539));
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_FALSE(bench.client.proven());
  bench.say(bench.packages[0].substr(539));
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_TRUE(bench.client.proven());
  EXPECT_EQ(bench.intake.offer.scheme, kReq);
  EXPECT_EQ(bench.intake.offer.size, 8000u);
  EXPECT_FALSE(bench.intake.offer.sender_proved);
  EXPECT_FALSE(bench.intake.offer.link_encrypted);
}

TEST(ReqClientRules, NeedsNoMoreMemoryThanItSays) {
  EXPECT_LE(sizeof(ReqClient), kReqPackageBytes + 200 + sizeof(void*));  // a Link and a Holder
}

TEST(ReqClientRules, ShowsProgress) {
  ReqClientBench bench;
  EXPECT_EQ(bench.client.total(), 0u);
  bench.answer(2);
  EXPECT_EQ(bench.client.received(), 1024u);
  EXPECT_EQ(bench.client.total(), 8000u);
}

TEST(ReqClientRules, AsksInOneWriteAndNotBeforeTheAnswer) {
  ReqClientBench bench;
  std::byte room[64];
  EXPECT_EQ(bench.asked, "0");
  EXPECT_EQ(bench.client.write_to(room), 0u);
  bench.say(bench.packages[0].substr(0, 539));
  EXPECT_EQ(bench.client.write_to(room), 0u);
  bench.say(bench.packages[0].substr(539));
  EXPECT_EQ(bench.asked, "00");
}

TEST(ReqClientRules, AsksByteByByteWhereThereIsNoRoom) {
  ReqClientBench bench;
  ReqClient client(bench.intake, {.slot_size = 8000});
  client.on_connected(bench.now);
  std::string asked;
  std::byte one[1];
  while (client.write_to(one) == 1) asked += static_cast<char>(one[0]);
  EXPECT_EQ(asked, kReqNext);
}

TEST(ReqClientRules, TakesPackagesUpTo4096) {
  ReqClientBench bench(10'000);
  bench.packages = samples::req_packages(bench.file, kReqPackageBytes);
  bench.answer_all(100);
  EXPECT_EQ(bench.intake.last_bytes, bench.file);
  EXPECT_EQ(bench.asked, "000");
}

TEST(ReqClientRules, TakesAFileOfExactlyTheSlotAndOfOneByte) {
  for (const std::size_t size : {std::size_t{ReqClientBench::kSlot}, std::size_t{1}}) {
    ReqClientBench bench(size);
    bench.answer_all();
    EXPECT_TRUE(bench.client.outcome());
    EXPECT_EQ(bench.intake.last_bytes, bench.file);
  }
}

TEST(ReqClientRules, TakesAFileThatRepeatsItselfWhereNothingWentWrong) {
  ReqClientBench bench;
  bench.file.assign(8000, std::byte{0xFF});
  bench.packages = samples::req_packages(bench.file);
  bench.answer_all();
  EXPECT_EQ(bench.intake.last_bytes, bench.file);
}

TEST(ReqClientRules, EndsAfterAnHourHoweverBusyTheServerIs) {
  ReqClientBench bench(ReqClientBench::kSlot);
  bench.packages = samples::req_packages(bench.file, 1);
  while (!bench.closed()) {
    bench.wait(4s);
    if (!bench.closed()) bench.answer();
  }
  EXPECT_EQ(bench.age(), kReqTotalMs);
  EXPECT_EQ(bench.client.outcome().error().code, Code::timeout);
}

TEST(ReqClientRules, IgnoresWhatComesAfterTheEnd) {
  ReqClientBench bench;
  bench.answer_all();
  const std::string calls = bench.intake.calls;
  bench.client.on_bytes(as_bytes("more"), bench.now);
  bench.fin();
  bench.client.on_deadline(bench.now + 3h);
  EXPECT_EQ(bench.intake.calls, calls);
  EXPECT_TRUE(bench.client.outcome());
}

TEST(ReqClientRules, IsNotMovedByAnEarlyDeadline) {
  ReqClientBench bench;
  bench.client.on_deadline(bench.now + kReqPackageMs - 1ms);
  EXPECT_FALSE(bench.closed());
}

// Section 6, one by one.
TEST(ReqWeakness, NoAuthenticationNoEncryptionSoNothingIsProved) {
  ReqClientBench bench;
  bench.answer_all();
  EXPECT_FALSE(bench.intake.offer.sender_proved);
}

TEST(ReqWeakness, NoIntegritySoDamagedDataIsForTheEngineToFind) {
  ReqClientBench bench;
  bench.packages[5][100] = static_cast<char>(bench.packages[5][100] ^ 1);
  bench.answer_all();
  EXPECT_NE(bench.intake.last_bytes, bench.file);
  EXPECT_EQ(bench.asked, std::string(samples::kReqPackages, '0')) << "req1 sees broken heads only";
}

TEST(ReqWeakness, NoOffsetSoALostRequestShowsAsTheSamePackageAgain) {
  ReqClientBench bench;
  bench.answer(3);
  bench.wait(kReqPackageMs + kReqSilenceMs);
  bench.repeat();  // the server never saw the fourth request
  EXPECT_TRUE(bench.closed());
  EXPECT_EQ(bench.intake.calls, "begin abort:protocol");
}

TEST(ReqWeakness, NoOffsetSoALateSecondCopyShowsAsTheSamePackageAgain) {
  ReqClientBench bench;
  bench.answer(3);
  bench.wait(kReqPackageMs + kReqSilenceMs);
  bench.answer();
  bench.wait(kReqSilenceMs);
  EXPECT_EQ(bench.asked, "000010");
  bench.repeat();
  EXPECT_TRUE(bench.closed());
  EXPECT_EQ(bench.intake.bytes.size(), 4 * 512u);
}

TEST(ReqWeakness, NoResumeSoTheNextConnectionBeginsAtTheFirstPackage) {
  ReqClientBench bench;
  bench.answer(15);
  bench.reset();
  ReqClientBench next;
  next.answer_all();
  EXPECT_EQ(next.intake.last_bytes, next.file);
}

TEST(ReqWeakness, NoSegmentBordersAreNeeded) {
  ReqClientBench bench;
  bench.answer(1, 27);  // a head without its last byte comes first
  bench.answer_all(1);
  EXPECT_EQ(bench.intake.last_bytes, bench.file);
}

TEST(ReqWeakness, NoResultIsReported) {
  ReqClientBench bench;
  bench.intake.finish_error = Code::bad_hash;
  bench.answer_all();
  EXPECT_EQ(bench.asked, std::string(samples::kReqPackages, '0'));
  EXPECT_TRUE(bench.closed());
}

}  // namespace
}  // namespace updraft::link
