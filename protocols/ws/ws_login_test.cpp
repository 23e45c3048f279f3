#include "protocols/ws/ws_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/ws/ws_bench.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::blob;
using testing::ElementsAre, testing::IsEmpty;

constexpr std::string_view kPassword = "hunter2";
const std::string kSetChunk = R"({"name":"otaSetChunkSize","value":8192})";
const std::string kFirst = R"({"name":"otaGetChunk","value":0})";
const std::string kTrial = R"({"name":"otaCheckRollback","value":"true" })";
const std::string kErrorStart = R"({"name":"otaError","value":"Error start ota"})";
const std::string kErrorCommand = R"({"name":"otaError","value":"Error command"})";
const std::string kEnd = R"({"name":"otaEnd","value":"OK" })";

std::string login(std::string_view value) {
  return R"({"name":"otaLogin","value":")" + std::string(value) + R"("})";
}

// The bytes of a challenge, as the words have them: no two are alike.
std::uint8_t drawn = 0;
void count_up(MutableBytes out) {
  for (std::byte& b : out) b = std::byte{++drawn};
}

std::string answer_to(std::string_view challenge, std::string_view password) {
  Challenge text;
  std::ranges::copy(as_bytes(challenge), text.begin());
  const Answer answer = link::answer_to(text, password);
  std::array<char, kWsAnswerBytes> room;
  return std::string(ws_answer(answer, room));
}

class Login : public testing::Test {
 protected:
  Login() { connect(); }
  Talk connect(Origin from = 7) {
    bench.channel.reset();
    bench.device.reset();
    machine.emplace(guards,
                    PasswordLogin::Config{.password = kPassword, .from = from, .random = count_up});
    bench.device = std::make_unique<WsDevice>(bench.intake, bench.steering,
                                              WsDevice::Config{.login = &*machine});
    bench.channel = std::make_unique<WsChannel>(*bench.device, WsSide::server);
    bench.heard.clear();
    bench.channel->on_connected(bench.now);
    bench.channel->on_waiting(bench.now);
    return asked = bench.hear();
  }
  // Of the latest otaLogin.
  std::string challenge() const {
    return asked.empty() ? "" : asked.back().substr(asked.back().size() - 10, 8);
  }
  Talk answer(std::string_view password = kPassword) {
    return bench.say(answer_to(challenge(), password));
  }
  Talk wrong() {
    Talk said = answer("hunter3");
    if (!bench.closed()) asked = bench.wait(kLoginDelayMs);
    return said;
  }

  WsBench bench;
  LoginGuards guards;
  std::optional<PasswordLogin> machine;
  Talk asked;
};

// The worked example of the bundle's login, in the words of ws://.
TEST_F(Login, SaysTheSameAsTheBundle) {
  EXPECT_EQ(answer_to("cf0e5890", "hunter2"),
            R"({"name":"otaLogin","value":"answer","answer":)"
            R"("2e0ec0868e3cd0596299d825153955c90c0de4e9014f3998e97619644c3c71a2"})");
}

TEST_F(Login, WhoKnowsThePasswordIsASenderThatProvedItself) {
  EXPECT_THAT(asked, ElementsAre(login(challenge())));
  EXPECT_FALSE(bench.device->proven());
  EXPECT_THAT(answer(), ElementsAre(login("ok")));
  EXPECT_TRUE(bench.device->proven());
  EXPECT_THAT(bench.start(500), ElementsAre(kSetChunk, kFirst));
  EXPECT_THAT(bench.chunk(blob(500)), ElementsAre(kEnd));
  EXPECT_TRUE(bench.intake.offer.sender_proved);
  EXPECT_EQ(bench.intake.reports + bench.intake.misuse, "");
  EXPECT_EQ(bench.outcome(), "ok");
}

TEST_F(Login, MayComeByteByByteAndInUpperCase) {
  std::string text = answer_to(challenge(), kPassword);
  for (std::size_t at = text.rfind(':'); at < text.size(); ++at) {
    text[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[at])));
  }
  EXPECT_THAT(bench.send(samples::ws_text(text), 1), ElementsAre(login("ok")));
}

TEST_F(Login, NothingIsAskedForWithoutIt) {
  bench.steering.on_trial = true;
  connect();
  struct Case {
    const char* text;
    std::string said;
  };
  for (const auto& [text, said] :
       {Case{R"({"name":"otaSize","value":500})", kErrorStart},
        Case{R"({"name":"otaRestartEsp","value":"restart"})", kErrorCommand},
        Case{R"({"name":"otaRestartInto","value":"safeboot"})", kErrorCommand},
        Case{R"({"name":"otaForce","value":"true"})", kErrorCommand},
        Case{R"({"name":"otaRetry","value":"0011223344556677"})", kErrorCommand},
        Case{R"({"name":"otaProcessRollback","value":"true"})", kErrorCommand},
        Case{R"({"name":"otaProcessRollback","value":"false"})", kErrorCommand}}) {
    bench.intake.reports.clear();
    EXPECT_THAT(bench.say(text), ElementsAre(said)) << text;
    EXPECT_EQ(bench.intake.reports, "auth_failed") << text;
    EXPECT_EQ(bench.outcome(), "auth_failed") << text;
  }
  EXPECT_THAT(bench.chunk(blob(300)), IsEmpty());
  EXPECT_EQ(bench.intake.calls + bench.steering.calls, "");
  EXPECT_EQ(bench.device->wish(), WsWish::none);
  EXPECT_FALSE(bench.closed()) << "the right password may still come";
  EXPECT_THAT(answer(), ElementsAre(login("ok"), kTrial));
}

TEST_F(Login, DecidesWithoutAskingTheGate) {
  bench.steering.on_trial = true;
  bench.steering.decide_error = bench.steering.restart_error = Code::unsigned_image;
  connect();
  EXPECT_THAT(answer(), ElementsAre(login("ok"), kTrial));
  EXPECT_THAT(bench.say(R"({"name":"otaProcessRollback","value":"false"})"), IsEmpty());
  EXPECT_EQ(bench.steering.calls, "confirm");
  EXPECT_THAT(bench.say(R"({"name":"otaRestartEsp","value":"restart"})"),
              ElementsAre("close 1001"));
  EXPECT_EQ(bench.device->wish(), WsWish::restart);
}

TEST_F(Login, DoesNotRestartWithinTheUpdateOfAnother) {
  bench.steering.restart_error = Code::busy;
  answer();
  EXPECT_THAT(bench.say(R"({"name":"otaRestartEsp","value":"restart"})"),
              ElementsAre(kErrorCommand));
  EXPECT_EQ(bench.device->wish(), WsWish::none);
}

TEST_F(Login, AnAnswerIsGoodOnce) {
  const std::string old = answer_to(challenge(), kPassword);
  EXPECT_THAT(bench.say(old), ElementsAre(login("ok")));
  connect();
  EXPECT_THAT(bench.say(old), ElementsAre(login("wrong"))) << "of another challenge";
  connect(8);
  wrong();
  EXPECT_THAT(bench.say(old), ElementsAre(login("wrong")));
}

TEST_F(Login, WhatIsNoAnswerIsWrong) {
  for (const char* text : {R"({"name":"otaLogin","value":"answer"})",
                           R"({"name":"otaLogin","value":"answer","answer":""})",
                           R"({"name":"otaLogin","value":"answer","answer":64})",
                           R"({"name":"otaLogin","value":"hunter2","answer":"hunter2"})"}) {
    connect(static_cast<Origin>(text[30]));
    EXPECT_THAT(bench.say(text), ElementsAre(login("wrong"))) << text;
  }
  connect(99);
  std::string longer = answer_to(challenge(), kPassword);
  longer.insert(longer.size() - 2, "0");
  EXPECT_THAT(bench.say(longer), ElementsAre(login("wrong"))) << "65 digits";
}

// Security row 16: a second after each wrong answer, three on a connection, a minute after ten.
TEST_F(Login, GuessesAreSlowAndFew) {
  EXPECT_THAT(answer("hunter3"), ElementsAre(login("wrong")));
  EXPECT_THAT(bench.wait(kLoginDelayMs - 1ms), IsEmpty());
  asked = bench.wait(1ms);
  EXPECT_THAT(asked, ElementsAre(login(challenge())));
  EXPECT_THAT(wrong(), ElementsAre(login("wrong")));
  EXPECT_THAT(answer("x"), ElementsAre(login("wrong"), "close 1008"));
  EXPECT_EQ(bench.intake.reports, "auth_failed auth_failed auth_failed");
  EXPECT_THAT(connect(), ElementsAre(login("wait"))) << "also on a new connection";
  asked = bench.wait(kLoginDelayMs);
  for (unsigned n = 3; n < kLoginLockAfter; ++n) {
    if (bench.closed()) {
      connect();
      asked = bench.wait(kLoginDelayMs);
    }
    EXPECT_THAT(wrong(), testing::Contains(login("wrong"))) << n;
  }
  EXPECT_THAT(connect(), ElementsAre(login("locked"), "close 1008"));
  connect(8);
  EXPECT_THAT(answer(), ElementsAre(login("ok"))) << "who guesses locks out himself";
  bench.now += kLoginLockMs;
  connect();
  EXPECT_THAT(answer(), ElementsAre(login("ok")));
}

TEST_F(Login, LockedWhileTheAnswerWasOnItsWay) {
  for (unsigned n = 0; n < kLoginLockAfter; ++n) guards.on_failure(7, bench.now);
  EXPECT_THAT(answer(), ElementsAre(login("locked"), "close 1008"));
}

// Both ends.
TEST_F(Login, OurSenderLogsIn) {
  for (const auto& [password, code] : {std::pair<std::string_view, std::string_view>{kPassword, ""},
                                       {"hunter3", "auth_failed"},
                                       {"", "auth_failed"}}) {
    connect(password.size());
    const std::string image = blob(20'000);
    WsHost host({.image = as_bytes(image), .password = password});
    WsChannel client(host, WsSide::client, &count_up);
    client.on_connected(bench.now);
    const auto carry = [&](WsChannel& from, WsChannel& to) {
      std::array<std::byte, 300> part;
      while (const std::size_t size = from.write_to(part)) {
        to.on_bytes(Bytes(part).first(size), bench.now);
        to.on_waiting(bench.now);
      }
    };
    bench.channel.reset();
    bench.device.reset();
    machine.emplace(guards, PasswordLogin::Config{.password = kPassword, .from = password.size()});
    WsDevice device(bench.intake, bench.steering, {.login = &*machine});
    WsChannel server(device, WsSide::server);
    server.on_connected(bench.now);
    for (int turn = 0; turn < 40 && client.phase() != Phase::closed; ++turn) {
      carry(server, client);
      carry(client, server);
      bench.now += 100ms;
      if (client.deadline() && *client.deadline() <= bench.now) client.on_deadline(bench.now);
    }
    const Result<> outcome = host.outcome();
    EXPECT_EQ(outcome ? "" : name(outcome.error().code), code) << password;
    EXPECT_EQ(host.installed(), code.empty());
  }
}

}  // namespace
}  // namespace updraft::link
