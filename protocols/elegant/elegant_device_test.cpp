#include "protocols/elegant/elegant_device.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "protocols/link/test_form.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMost = 20'000;
constexpr Origin kHere = 7, kElsewhere = 8;

// The worked example of protocols/elegant/SPEC.md section 4.
std::string example_image() {
  std::string image(10'000, '\0');
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<char>(i % 251);
  return image;
}
const std::string kMd5 = "bbf1c77538f97ceeb1e03126edaa3594";
const std::string kBoundary = "------------------------7d3b1c9f0a";
const std::string kType = "multipart/form-data; boundary=" + kBoundary;

struct ElegantDeviceTest : testing::Test {
  HttpAnswer start(const std::string& query, Origin from = kHere) {
    machine.emplace(intake, starts, config);
    const std::string target = "/ota/start" + query;
    machine->on_request({.method = "GET", .target = target, .from = from}, now);
    return *machine->answer();
  }
  HttpAnswer upload(std::string_view body, std::size_t step = 1460, Origin from = kHere) {
    machine.emplace(intake, starts, config);
    machine->on_request({.method = "POST",
                         .target = "/ota/upload",
                         .type = kType,
                         .length = body.size(),
                         .from = from},
                        now);
    for (std::size_t at = 0; at < body.size() && !machine->answer(); at += step) {
      machine->on_body(as_bytes(body.substr(at, step)), now);
    }
    if (!machine->answer()) machine->on_end(now);
    return *machine->answer();
  }

  // An upload whose connection is lost after so many bytes.
  void break_off(std::string_view body, std::size_t cut) {
    machine.emplace(intake, starts, config);
    machine->on_request({.method = "POST",
                         .target = "/ota/upload",
                         .type = kType,
                         .length = body.size(),
                         .from = kHere},
                        now);
    machine->on_body(as_bytes(body.substr(0, cut)), now);
    machine->on_cut({Code::aborted, Where::link});
  }

  fakes::FakeIntake intake;
  ElegantStarts starts;
  ElegantDevice::Config config{.most = kMost};
  std::optional<ElegantDevice> machine;
  Instant now{std::chrono::hours(2)};
};

TEST_F(ElegantDeviceTest, TheWorkedExample) {
  const std::string image = example_image(), body = form_of(kBoundary, image);
  for (const std::size_t step : {1, 7, 1460, 20'000}) {
    const HttpAnswer started = start("?mode=fr&hash=" + kMd5);
    EXPECT_EQ(started.status, 200);
    EXPECT_EQ(started.body, "OK");
    EXPECT_EQ(started.type, "text/plain");
    const HttpAnswer answer = upload(body, step);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, "OK");
    EXPECT_EQ(as_text(intake.last_bytes), image);
  }
  EXPECT_EQ(intake.misuse, "");
  EXPECT_EQ(intake.offer.scheme, kElegant);
}

// The original forgets the hash; here a damaged file is never chosen.
TEST_F(ElegantDeviceTest, TheDigestIsChecked) {
  std::string image = example_image();
  (void)start("?mode=fr&hash=" + kMd5);
  image[5000] ^= 1;
  const HttpAnswer answer = upload(form_of(kBoundary, image));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(std::string(answer.body), HasSubstr("MD5"));
  EXPECT_TRUE(answer.body.ends_with("\n"));
  EXPECT_EQ(intake.calls, "begin abort:chunk_mismatch") << "finish() would choose it";
  (void)start("?mode=fr");
  EXPECT_EQ(upload(form_of(kBoundary, image)).status, 200) << "none was named";
}

TEST_F(ElegantDeviceTest, WhatAStartMaySay) {
  for (const auto& [query, status, body] :
       std::initializer_list<std::tuple<const char*, int, const char*>>{
           {"", 200, "OK"},
           {"?mode=fr", 200, "OK"},
           {"?mode=other&hash=", 200, "OK"},
           {"?hash=BBF1C77538F97CEEB1E03126EDAA3594&mode=fr", 200, "OK"},
           {"?hash=bbf1", 400, "MD5 parameter invalid\n"},
           {"?hash=xbf1c77538f97ceeb1e03126edaa3594", 400, "MD5 parameter invalid\n"},
           {"?hash=bbf1c77538f97ceeb1e03126edaa35940", 400, "MD5 parameter invalid\n"},
           {"?mode=fs", 400, "This device has no file system to update\n"}}) {
    const HttpAnswer answer = start(query);
    EXPECT_EQ(answer.status, status) << query;
    EXPECT_EQ(answer.body, body) << query;
  }
  intake.welcome_error = Code::unsigned_image;
  EXPECT_THAT(std::string(start("?mode=fr").body), HasSubstr("Unsigned images are refused"));
  EXPECT_EQ(intake.calls, "") << "a start takes nothing";
}

TEST_F(ElegantDeviceTest, AnUploadBelongsToItsStart) {
  const std::string body = form_of(kBoundary, example_image());
  const auto refused = [&](const HttpAnswer& answer) {
    return answer.status == 400 && answer.body == "Start the update first: GET /ota/start\n";
  };
  EXPECT_TRUE(refused(upload(body)));
  (void)start("?mode=fr", kElsewhere);
  EXPECT_TRUE(refused(upload(body))) << "somebody else's";
  (void)start("?mode=fr");
  EXPECT_EQ(upload(body).status, 200);
  EXPECT_TRUE(refused(upload(body))) << "it was used";
  (void)start("?mode=fr");
  now += kElegantStartMs + Millis{1};
  EXPECT_TRUE(refused(upload(body))) << "too long ago";
  (void)start("?hash=00000000000000000000000000000000");
  (void)start("?hash=" + kMd5);
  EXPECT_EQ(upload(body).status, 200) << "the second start counts";
  EXPECT_EQ(intake.misuse, "");
}

// The end of a broken upload may be seen only after its client has started anew.
TEST_F(ElegantDeviceTest, ABrokenUploadThatIsSeenLateTakesNoStart) {
  const std::string body = form_of(kBoundary, example_image());
  (void)start("?hash=00000000000000000000000000000000");
  (void)start("?hash=" + kMd5);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{100}, body.size() - 1}) {
    break_off(body, cut);
  }
  EXPECT_EQ(upload(body).status, 200);
  EXPECT_EQ(upload(body).status, 400) << "that was its upload";
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(ElegantDeviceTest, StrangersDoNotPushAStartOut) {
  (void)start("?mode=fr");
  for (Origin from = 100; from < 100 + kElegantStarts - 1; ++from) (void)start("?mode=fr", from);
  EXPECT_EQ(upload(form_of(kBoundary, example_image())).status, 200);
}

TEST_F(ElegantDeviceTest, ABodyLongerThanTheSlotIsRefusedByItsHead) {
  (void)start("?mode=fr");
  machine.emplace(intake, starts, config);
  machine->on_request({.method = "POST",
                       .target = "/ota/upload",
                       .type = kType,
                       .length = kMost + kMultipartFrame + 1,
                       .from = kHere},
                      now);
  ASSERT_TRUE(machine->answer());
  EXPECT_EQ(machine->answer()->status, 413);
  EXPECT_EQ(intake.calls, "");
}

TEST_F(ElegantDeviceTest, ABrokenUploadLeavesNothingBehind) {
  const std::string body = form_of(kBoundary, example_image());
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    (void)start("?hash=" + kMd5);
    break_off(body, cut);
    ASSERT_EQ(machine->answer()->status, 400);
    ASSERT_FALSE(intake.in_session);
  }
  EXPECT_EQ(intake.calls.find("finish"), std::string::npos);
  (void)start("?hash=" + kMd5);
  EXPECT_EQ(upload(body).status, 200) << "the very next one works";
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(ElegantDeviceTest, EveryReasonFitsAndEndsItsLine) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    intake.welcome_error = static_cast<Code>(i);
    EXPECT_TRUE(start("").body.ends_with("\n")) << name(*intake.welcome_error);
  }
}

TEST_F(ElegantDeviceTest, BothRoutesAskForTheLogin) {
  LoginGuards guards;
  HttpLogin login(guards, {.password = "correct horse", .realm = "Login Required"});
  config.login = &login;
  HttpAnswer answer = start("?mode=fr");
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.challenge.starts_with("Digest realm=\"Login Required\", qop=\"auth\""));
  answer = upload(form_of(kBoundary, example_image()));
  EXPECT_EQ(answer.status, 401) << "by its head, before the body";
  EXPECT_EQ(intake.calls + intake.reports, "");
}

}  // namespace
}  // namespace updraft::link
