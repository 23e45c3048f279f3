#include "protocols/arduino/arduino_inviter.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/arduino/arduino_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using namespace samples;

class ArduinoInviting : public testing::Test {
 protected:
  void make(std::string_view password, bool md5_password = false, unsigned tries = 10) {
    ArduinoInvitation invitation = *parse_arduino_invitation(kArduinoInvites);
    invitation.port = 0;
    inviter.emplace(ArduinoInviter::Config{.device = device,
                                           .invitation = invitation,
                                           .password = password,
                                           .md5_password = md5_password,
                                           .tries = tries});
    inviter->listens_on(45'678);
  }
  // What goes out now.
  std::string said() {
    std::string out;
    std::array<std::byte, kDatagramBytes> room;
    while (const auto datagram = inviter->write_to(room)) {
      EXPECT_EQ(datagram->to, device);
      out += as_text(Bytes(room).first(datagram->size));
    }
    return out;
  }
  std::string at_deadline() {
    now = std::max(now, *inviter->deadline());
    inviter->on_deadline(now);
    return said();
  }
  std::string hear(std::string_view text) {
    inviter->on_datagram(device, as_bytes(text), now);
    return said();
  }
  std::string outcome() const {
    if (!inviter->over()) return "open";
    return word(inviter->outcome());
  }
  // The response in "200 CNONCE RESPONSE\n", if it is right in that form.
  static bool is_right(const std::string& proof, ArduinoForm form, std::string_view nonce) {
    const auto parsed = parse_arduino_proof(proof);
    return parsed && parsed->response ==
                         arduino_response(form, kArduinoPassword, nonce, parsed->cnonce).view();
  }

  PeerAddress device = arduino_peer(1, 3232);
  std::optional<ArduinoInviter> inviter;
  Instant now{1h};
};

TEST_F(ArduinoInviting, WithoutAPassword) {
  make("");
  EXPECT_EQ(at_deadline(), kArduinoInvites);
  EXPECT_EQ(hear("OK"), "");
  EXPECT_EQ(outcome(), "open") << "the device has to call";
  inviter->called();
  EXPECT_EQ(outcome(), "ok");
  EXPECT_FALSE(inviter->form());
}

TEST_F(ArduinoInviting, KnowsTheGenerationByTheNonce) {
  make(kArduinoPassword);
  (void)at_deadline();
  const std::string then = hear("AUTH " + std::string(kArduinoNonceThen));
  EXPECT_EQ(then.size(), 70u);
  EXPECT_TRUE(is_right(then, ArduinoForm::legacy, kArduinoNonceThen));
  EXPECT_EQ(inviter->form(), ArduinoForm::legacy);
  make(kArduinoPassword);
  (void)at_deadline();
  const std::string current = hear("AUTH " + std::string(kArduinoNonce));
  EXPECT_EQ(current.size(), 134u);
  EXPECT_TRUE(is_right(current, ArduinoForm::current, kArduinoNonce));
  hear("OK");
  EXPECT_TRUE(inviter->accepted());
}

TEST_F(ArduinoInviting, TriesTheStoredMd5AfterTheSha256) {
  make(kArduinoPassword);
  (void)at_deadline();
  (void)hear("AUTH " + std::string(kArduinoNonce));
  EXPECT_EQ(hear("Authentication Failed"), kArduinoInvites) << "a new invitation, at once";
  const std::string second = hear("AUTH " + std::string(kArduinoNonce));
  EXPECT_TRUE(is_right(second, ArduinoForm::md5_password, kArduinoNonce));
  EXPECT_EQ(outcome(), "open");
  (void)hear("Authentication Failed");
  EXPECT_EQ(outcome(), "auth_failed");
}

TEST_F(ArduinoInviting, GoesStraightToTheStoredMd5WhenAsked) {
  make(kArduinoPassword, true);
  (void)at_deadline();
  EXPECT_TRUE(is_right(hear("AUTH " + std::string(kArduinoNonce)), ArduinoForm::md5_password,
                       kArduinoNonce));
  (void)hear("Authentication Failed");
  EXPECT_EQ(outcome(), "auth_failed");
}

TEST_F(ArduinoInviting, AWrongLegacyPasswordIsFinal) {
  make(kArduinoPassword);
  (void)at_deadline();
  (void)hear("AUTH " + std::string(kArduinoNonceThen));
  (void)hear("Authentication Failed");
  EXPECT_EQ(outcome(), "auth_failed");
}

TEST_F(ArduinoInviting, WithoutAPasswordALoginFailsAtOnce) {
  make("");
  (void)at_deadline();
  EXPECT_EQ(hear("AUTH " + std::string(kArduinoNonce)), "");
  EXPECT_EQ(outcome(), "auth_failed");
}

TEST_F(ArduinoInviting, OnceASecondAndThenNoMore) {
  make("", false, 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(at_deadline(), kArduinoInvites);
    EXPECT_EQ(*inviter->deadline(), now + kArduinoInviteMs);
  }
  EXPECT_EQ(at_deadline(), "");
  EXPECT_EQ(outcome(), "unreachable");
  EXPECT_FALSE(inviter->heard());
}

TEST_F(ArduinoInviting, InvitesAgainWhenTheAnswerGotLost) {
  make(kArduinoPassword);
  (void)at_deadline();
  EXPECT_NE(hear("AUTH " + std::string(kArduinoNonce)), "");
  EXPECT_EQ(at_deadline(), kArduinoInvites);
  EXPECT_NE(hear("AUTH " + std::string(kArduinoNonce)), "");
}

// A chip may compute for seconds; what it says then belongs to the answer that it had.
TEST_F(ArduinoInviting, HearsALateVerdict) {
  for (const std::string_view verdict : {"OK", "Authentication Failed"}) {
    make(kArduinoPassword, true);
    (void)at_deadline();
    (void)hear("AUTH " + std::string(kArduinoNonce));
    EXPECT_EQ(at_deadline(), kArduinoInvites);
    (void)hear(verdict);
    EXPECT_EQ(inviter->accepted(), verdict == "OK");
    EXPECT_EQ(outcome(), verdict == "OK" ? "open" : "auth_failed");
  }
}

TEST_F(ArduinoInviting, AVerdictWithoutAnAnswerIsNone) {
  make(kArduinoPassword);
  (void)at_deadline();
  (void)hear("Authentication Failed");
  EXPECT_EQ(outcome(), "open");
}

TEST_F(ArduinoInviting, SaysThatNobodyCalled) {
  make("");
  (void)at_deadline();
  (void)hear("OK");
  EXPECT_EQ(at_deadline(), "");
  EXPECT_EQ(outcome(), "timeout");
  EXPECT_TRUE(inviter->accepted());
}

TEST_F(ArduinoInviting, BusyIsTriedAgainAndARefusalIsNot) {
  make("", false, 2);
  (void)at_deadline();
  EXPECT_EQ(hear("busy: Another update is running; try again later."), "");
  EXPECT_EQ(outcome(), "open");
  EXPECT_EQ(at_deadline(), kArduinoInvites);
  (void)hear("too_big: The image does not fit.");
  EXPECT_EQ(outcome(), "too_big");
  make("", false, 1);
  (void)at_deadline();
  (void)hear("no thanks");
  EXPECT_EQ(outcome(), "not_wanted");
  EXPECT_EQ(inviter->said(), "no thanks");
}

TEST_F(ArduinoInviting, HearsTheDeviceAlone) {
  make("");
  (void)at_deadline();
  inviter->on_datagram(arduino_peer(9, 3232), as_bytes("OK"), now);
  inviter->on_datagram(arduino_peer(1, 3233), as_bytes("OK"), now);
  EXPECT_FALSE(inviter->accepted());
  EXPECT_FALSE(inviter->heard());
}

TEST_F(ArduinoInviting, ANonceOfAnotherLengthIsNone) {
  for (const std::size_t size : {0u, 31u, 33u, 63u, 65u}) {
    make(kArduinoPassword);
    (void)at_deadline();
    EXPECT_EQ(hear("AUTH " + std::string(size, 'a')), "");
    EXPECT_EQ(outcome(), "protocol") << size;
  }
}

// An original of either generation: WAITAUTH without a time-out, in which the next invitation is
// swallowed.
TEST_F(ArduinoInviting, GetsThroughAnOriginalThatWasLeftInItsLogin) {
  make(kArduinoPassword);
  bool waits = true;  // somebody else invited it, and went
  std::string answered;
  for (int i = 0; i < 4 && answered.empty(); ++i) {
    if (at_deadline().empty()) break;
    if (!waits) answered = hear("AUTH " + std::string(kArduinoNonceThen));
    waits = !waits;
  }
  EXPECT_TRUE(is_right(answered, ArduinoForm::legacy, kArduinoNonceThen));
}

// Both ends.
TEST_F(ArduinoInviting, AndADeviceOfOursUnderstandEachOther) {
  for (const bool legacy : {false, true}) {
    ArduinoBench bench(kArduinoPassword, legacy);
    make(kArduinoPassword);
    std::string to_device = at_deadline();
    for (int i = 0; i < 2; ++i) to_device = hear(bench.say(to_device));
    EXPECT_TRUE(inviter->accepted());
    EXPECT_NE(bench.call(), nullptr);
  }
}

}  // namespace
}  // namespace updraft::link
