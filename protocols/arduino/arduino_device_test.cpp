#include "protocols/arduino/arduino_device.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "protocols/arduino/arduino_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using namespace samples;

const std::string kAuth = "AUTH " + std::string(kArduinoNonce);

TEST(ArduinoDeviceTest, TakesTheExampleOfTheCurrentGeneration) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.call(), nullptr) << "nobody is called before the answer";
  EXPECT_EQ(bench.answer(), "OK");
  ASSERT_NE(bench.call(), nullptr);
  EXPECT_EQ(bench.called, arduino_peer(2, 45'678));
  EXPECT_TRUE(bench.intake.offer.sender_proved);
  EXPECT_EQ(bench.intake.offer.size, 10'000u);
  const auto image = arduino_image();
  bench.send(Bytes(image).first(1024));
  EXPECT_EQ(bench.said(), "1024");
  bench.send(Bytes(image).subspan(1024));
  EXPECT_EQ(bench.said(), "8976OK");
  EXPECT_EQ(bench.intake.last_bytes, image);
  bench.hang_up();
  EXPECT_EQ(bench.intake.misuse, "");
  EXPECT_EQ(bench.invite(), kAuth) << "and the next one";
}

TEST(ArduinoDeviceTest, TakesTheExampleOfTheLegacyGeneration) {
  ArduinoBench bench(kArduinoPassword, true);
  EXPECT_EQ(bench.invite(), "AUTH " + std::string(kArduinoNonce.substr(0, 32)));
  const ArduinoHex response = arduino_response(ArduinoForm::legacy, kArduinoPassword,
                                               kArduinoNonce.substr(0, 32), kArduinoCnonceThen);
  EXPECT_EQ(bench.answer(response.view(), kArduinoCnonceThen), "OK");
}

TEST(ArduinoDeviceTest, TakesTheStoredMd5AndTheOldToolOnOneChallenge) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.answer(kArduinoResponseStored), "OK");
  ArduinoBench other;
  EXPECT_EQ(other.invite().substr(0, 37), kAuth.substr(0, 37));
  const ArduinoHex response = arduino_response(ArduinoForm::legacy, kArduinoPassword,
                                               kArduinoNonce.substr(0, 32), kArduinoCnonceThen);
  EXPECT_EQ(other.answer(response.view(), kArduinoCnonceThen), "OK");
}

// An original is deaf after a lost reply, until the next invitation but one.
TEST(ArduinoDeviceTest, AnInvitationWithinTheLoginIsAnsweredAfresh) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.answer(), "OK");
  EXPECT_EQ(bench.answer(), "") << "each challenge is good for one answer";
}

// Security row 17, with the real generator.
TEST(ArduinoDeviceTest, ChallengesAreFresh) {
  fakes::FakeIntake intake;
  ArduinoDevice device(intake, {.password = kArduinoPassword});
  std::set<std::string> seen;
  std::array<std::byte, kDatagramBytes> room;
  for (int i = 0; i < 200; ++i) {
    device.on_datagram(arduino_peer(2, 50'000), as_bytes(kArduinoInvites), Instant{});
    const auto reply = device.write_to(room);
    ASSERT_TRUE(reply);
    EXPECT_TRUE(seen.emplace(as_text(Bytes(room).first(reply->size))).second) << i;
  }
}

TEST(ArduinoDeviceTest, AChallengeEndsAfterFiveSeconds) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.wait(kArduinoChallengeMs), "");
  EXPECT_EQ(bench.answer(), "") << "that is no wrong password";
  EXPECT_FALSE(bench.device.deadline());
  EXPECT_EQ(bench.intake.reports, "");
}

TEST(ArduinoDeviceTest, BadLengthsAreNoAnswer) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.answer(kArduinoResponse.substr(1)), "");
  EXPECT_EQ(bench.say("200\n"), "");
  EXPECT_EQ(bench.say("hello"), "");
  EXPECT_EQ(bench.answer(), "OK");
}

TEST(ArduinoDeviceTest, WrongPasswordsAreSlowAndThenLockTheirAddressAlone) {
  ArduinoBench bench;
  const std::string wrong(64, '0');
  for (unsigned i = 1; i <= kLoginLockAfter; ++i) {
    std::string heard = bench.invite();
    heard += bench.wait(kLoginDelayMs);
    EXPECT_EQ(heard, kAuth) << i;
    EXPECT_EQ(bench.answer(wrong), "Authentication Failed");
    EXPECT_EQ(bench.answer(), "") << "the challenge is used up";
  }
  EXPECT_EQ(bench.invite(), "locked: Too many wrong passwords; wait a minute.");
  const PeerAddress owner = arduino_peer(3, 1000);
  EXPECT_EQ(bench.say(kArduinoInvites, owner), kAuth);
  EXPECT_EQ(bench.answer(owner, kArduinoResponse), "OK");
  bench.now += kLoginLockMs;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_NE(bench.intake.reports.find("auth_failed"), std::string::npos);
}

// The tool's second try comes at once; its question waits for the guard.
TEST(ArduinoDeviceTest, TheQuestionAfterAWrongAnswerComesLater) {
  ArduinoBench bench;
  EXPECT_EQ(bench.invite(), kAuth);
  EXPECT_EQ(bench.answer(std::string(64, '0')), "Authentication Failed");
  EXPECT_EQ(bench.invite(), "");
  EXPECT_EQ(bench.wait(kLoginDelayMs - 1ms), "");
  EXPECT_EQ(bench.wait(1ms), kAuth);
  EXPECT_EQ(bench.answer(), "OK");
}

TEST(ArduinoDeviceTest, TwoToolsOnOneMachineDoNotSpoilEachOther) {
  ArduinoBench bench;
  const PeerAddress other = arduino_peer(2, 50'001);
  EXPECT_EQ(bench.invite(), kAuth);
  const std::string invitation = "0 45679 10000 bbf1c77538f97ceeb1e03126edaa3594\n";
  EXPECT_EQ(bench.say(invitation, other), kAuth);
  EXPECT_EQ(bench.answer(), "OK");
  ASSERT_NE(bench.call(), nullptr);
  bench.send(Bytes(arduino_image()).first(1000));
  EXPECT_EQ(bench.answer(other, kArduinoResponse),
            "busy: Another update is running or waits for its restart; try again later.");
}

// A crowd of addresses takes no more than the places that there are, and none of one owner's.
TEST(ArduinoDeviceTest, ChallengesAreFewAndTheOldestGoes) {
  ArduinoBench bench;
  for (unsigned i = 0; i < 100; ++i) {
    bench.now += 1ms;
    EXPECT_EQ(bench.say(kArduinoInvites, arduino_peer(10 + i, 1000)), kAuth);
  }
  EXPECT_EQ(bench.invite(), kAuth);
  for (unsigned i = 0; i < 5; ++i) {
    bench.now += 1ms;
    EXPECT_EQ(bench.say(kArduinoInvites, arduino_peer(110 + i, 1000)), kAuth);
  }
  EXPECT_EQ(bench.answer(), "OK");
}

TEST(ArduinoDeviceTest, ALostOkIsSaidAgain) {
  ArduinoBench bench("");
  EXPECT_EQ(bench.invite(), "OK");
  EXPECT_EQ(bench.invite(), "OK");
  ASSERT_NE(bench.call(), nullptr);
  EXPECT_EQ(bench.invite(), "OK");
  EXPECT_EQ(bench.call(), nullptr) << "one call for all of them";
}

TEST(ArduinoDeviceTest, WithoutAPasswordNothingIsProved) {
  ArduinoBench bench("");
  EXPECT_EQ(bench.invite(), "OK");
  EXPECT_FALSE(bench.intake.offer.sender_proved);
}

TEST(ArduinoDeviceTest, RefusesBeforeItCalls) {
  ArduinoBench bench;
  bench.intake.welcome_error = Code::too_big;
  (void)bench.invite();
  EXPECT_EQ(bench.answer(),
            "too_big: The image does not fit into the slot; make it smaller or the "
            "slot larger.");
  EXPECT_EQ(bench.call(), nullptr);
}

TEST(ArduinoDeviceTest, HasNoPlaceForAFileSystem) {
  ArduinoBench bench("");
  EXPECT_EQ(bench.say("100 45678 10000 bbf1c77538f97ceeb1e03126edaa3594\n").substr(0, 18),
            "component_unknown:");
  EXPECT_EQ(bench.say("0 45678 0 bbf1c77538f97ceeb1e03126edaa3594\n").substr(0, 16),
            "payload_missing:");
  EXPECT_EQ(bench.call(), nullptr);
}

// Whoever has himself called and then says nothing is in nobody's way for long.
TEST(ArduinoDeviceTest, AHostThatShowsNothingGivesWay) {
  ArduinoBench bench("");
  (void)bench.invite();
  Link* const silent = bench.call();
  const PeerAddress owner = arduino_peer(3, 1000);
  EXPECT_EQ(bench.say(kArduinoInvites, owner).substr(0, 5), "busy:");
  bench.now += kArduinoPatienceMs;
  EXPECT_EQ(bench.say(kArduinoInvites, owner), "OK");
  EXPECT_EQ(bench.say(kArduinoInvites, arduino_peer(4, 1000)).substr(0, 5), "busy:");
  EXPECT_EQ(bench.call(), nullptr) << "one at a time";
  ASSERT_LE(*silent->deadline(), bench.now);
  bench.link = silent;
  silent->on_deadline(bench.now);
  EXPECT_EQ(silent->phase(), Phase::closed);
  bench.hang_up();
  ASSERT_NE(bench.call(), nullptr);
  EXPECT_EQ(bench.called, arduino_peer(3, 45'678));
  bench.send(arduino_image());
  EXPECT_EQ(bench.said(), "10000OK");
}

TEST(ArduinoDeviceTest, WhoWasRefusedMayComeAgainAtOnce) {
  ArduinoBench bench("");
  (void)bench.invite();
  Link* const refused = bench.call();
  bench.intake.write_error = Code::wrong_chip;
  bench.send(arduino_image());
  bench.intake.write_error.reset();
  EXPECT_EQ(refused->phase(), Phase::open);
  EXPECT_EQ(bench.invite(), "OK");
  refused->on_deadline(bench.now);
  EXPECT_EQ(refused->phase(), Phase::closed);
  bench.hang_up();
  EXPECT_NE(bench.call(), nullptr);
}

TEST(ArduinoDeviceTest, TellsOfAHostThatCannotBeCalled) {
  ArduinoBench bench("");
  (void)bench.invite();
  ASSERT_TRUE(bench.device.call_back());
  bench.device.on_called_back(fail(Code::unreachable, Where::link), bench.now);
  EXPECT_EQ(bench.intake.reports, "unreachable");
  EXPECT_EQ(bench.invite(), "OK");
}

}  // namespace
}  // namespace updraft::link
