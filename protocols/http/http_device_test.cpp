#include "protocols/http/http_device.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/link/test_form.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMost = 4096;

struct HttpDeviceTest : testing::Test {
  // One request, its body in pieces of `step`; the answer.
  HttpAnswer post(std::string_view body, std::string_view type = "application/octet-stream",
                  std::size_t step = 1000) {
    machine.emplace(intake, HttpDevice::Config{.scheme = kHttp, .most = kMost, .login = login});
    machine->on_request({.method = "POST",
                         .target = "/ota",
                         .type = type,
                         .authorization = authorization,
                         .length = length.value_or(body.size())},
                        now);
    for (std::size_t at = 0; at < body.size() && !machine->answer(); at += step) {
      machine->on_body(as_bytes(body.substr(at, step)), now);
    }
    if (!machine->answer()) machine->on_end(now);
    return *machine->answer();
  }
  std::string received() const {
    return std::string(as_text(intake.last_bytes.empty() ? intake.bytes : intake.last_bytes));
  }

  fakes::FakeIntake intake;
  HttpLogin* login = nullptr;
  std::string authorization;
  std::optional<std::uint64_t> length;
  std::optional<HttpDevice> machine;
  Instant now{std::chrono::hours(3)};
};

const std::string kFile = "\xE9 what stands for an image of some length";

TEST_F(HttpDeviceTest, TakesTheBodyAsItIs) {
  for (const std::size_t step : {1, 2, 3, 1000}) {
    const HttpAnswer answer = post(kFile, "application/x-www-form-urlencoded", step);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.type, "application/json");
    EXPECT_EQ(answer.body,
              "{\"result\":\"ok\",\"message\":\"Installed and verified; the device restarts into "
              "it.\"}\n");
    EXPECT_EQ(received(), kFile);
  }
  EXPECT_EQ(intake.offer.size, kFile.size());
  EXPECT_FALSE(intake.offer.sender_proved);
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(HttpDeviceTest, TakesTheFileOfAForm) {
  const std::string form = form_of("----x", kFile);
  for (std::size_t step = 1; step <= form.size(); ++step) {
    ASSERT_EQ(post(form, "multipart/form-data; boundary=----x", step).status, 200) << step;
    ASSERT_EQ(received(), kFile) << step;
  }
  EXPECT_EQ(intake.offer.size, 0u) << "how long the file is shows at its end";
}

// Nothing is left behind, wherever it stops.
TEST_F(HttpDeviceTest, CutAtEveryByte) {
  const std::string form = form_of("----x", kFile);
  for (std::size_t cut = 0; cut <= form.size(); ++cut) {
    machine.emplace(intake, HttpDevice::Config{.scheme = kHttp, .most = kMost});
    machine->on_request(
        {.method = "POST", .type = "multipart/form-data; boundary=----x", .length = form.size()},
        now);
    machine->on_body(as_bytes(std::string_view(form).substr(0, cut)), now);
    machine->on_cut({Code::aborted, Where::link});
    ASSERT_TRUE(machine->answer());
    ASSERT_EQ(machine->answer()->status, 400);
    ASSERT_FALSE(intake.in_session);
    ASSERT_EQ(intake.misuse, "");
  }
  EXPECT_EQ(intake.calls.find("finish"), std::string::npos);
}

struct Wrong {
  const char* what;
  std::string body, type;
  std::uint16_t status;
  const char* code;
};

TEST_F(HttpDeviceTest, BodiesThatAreNone) {
  const std::string form = form_of("b", kFile);
  const std::string octets = "application/octet-stream",
                    multipart = "multipart/form-data; boundary=b";
  for (const Wrong& row : std::initializer_list<Wrong>{
           {"no body", "", octets, 400, "payload_missing"},
           {"too long", std::string(kMost + 1, 'x'), octets, 413, "too_big"},
           {"no boundary", form, "multipart/form-data", 400, "protocol"},
           {"another boundary", form, "multipart/form-data; boundary=c", 400, "payload_missing"},
           {"no file", "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--", multipart,
            400, "payload_missing"},
           {"an empty file", form_of("b", ""), multipart, 400, "payload_missing"},
           {"a form that does not end", form.substr(0, form.size() - 8), multipart, 400,
            "size_mismatch"},
           {"a file too long", form_of("b", std::string(kMost + 1, 'x')), multipart, 413,
            "too_big"},
           {"a form too long", std::string(kMost + kMultipartFrame + 1, 'x'), multipart, 413,
            "too_big"},
           {"no form", "--b\n", multipart, 400, "protocol"}}) {
    const HttpAnswer answer = post(row.body, row.type);
    EXPECT_EQ(answer.status, row.status) << row.what;
    EXPECT_THAT(std::string(answer.body), HasSubstr("\"code\":\"" + std::string(row.code) + "\""))
        << row.what;
    EXPECT_FALSE(intake.in_session) << row.what;
    EXPECT_EQ(intake.misuse, "") << row.what;
  }
}

TEST_F(HttpDeviceTest, LengthsThatLie) {
  for (const std::uint64_t lie : {kMost + 1, std::uint64_t{1} << 32, UINT64_MAX}) {
    length = lie;
    EXPECT_EQ(post(kFile).status, 413) << lie;
    EXPECT_EQ(intake.calls, "") << "nothing is begun";
  }
}

TEST_F(HttpDeviceTest, EveryErrorHasAStatusAndFitsItsRoom) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const Error why{static_cast<Code>(i), Where::link, UINT64_MAX, UINT64_MAX};
    const std::uint16_t status = http_status_of(why);
    EXPECT_TRUE(status >= 400 && status < 600) << name(why.code);
    std::array<char, kHttpJsonBytes> room;
    const std::string_view json = write_http_result(why, room);
    EXPECT_TRUE(json.ends_with("}\n")) << name(why.code) << ": " << json;
    EXPECT_EQ(sentence(why).find_first_of("\"\\"), std::string_view::npos) << "needs no escape";
  }
  for (const auto& [code, status] :
       std::initializer_list<std::pair<Code, int>>{{Code::unsigned_image, 403},
                                                   {Code::busy, 503},
                                                   {Code::wrong_chip, 422},
                                                   {Code::flash, 500},
                                                   {Code::locked, 429},
                                                   {Code::timeout, 408}}) {
    EXPECT_EQ(http_status_of({code, Where::link}), status) << name(code);
  }
}

TEST_F(HttpDeviceTest, WhatTheEngineSays) {
  intake.taken = Taken::current;
  EXPECT_THAT(std::string(post(kFile).body), HasSubstr("\"result\":\"current\""));
  intake.finish_error = Code::bad_hash;
  EXPECT_THAT(std::string(post(kFile).body),
              HasSubstr("{\"result\":\"refused\",\"code\":\"bad_hash\",\"message\":\"The image's"));
  intake.write_error = Code::wrong_chip;
  EXPECT_EQ(post(kFile).status, 422);
  intake.begin_error = Code::busy;
  EXPECT_EQ(post(kFile).status, 503);
  intake.welcome_error = Code::unsigned_image;
  EXPECT_EQ(post(kFile, "", 1).status, 403);
  EXPECT_FALSE(machine->proven());
}

TEST_F(HttpDeviceTest, ASenderThatLoggedInIsProved) {
  LoginGuards guards;
  HttpLogin right(guards, {.password = "hunter2", .basic_in_clear = true});
  login = &right;
  HttpAnswer answer = post(kFile);
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.challenge.starts_with("Basic realm=\"Updraft\""));
  EXPECT_EQ(intake.reports, "") << "it was only asked";
  authorization = "Basic eDp4";
  EXPECT_EQ(post(kFile).status, 401);
  EXPECT_EQ(intake.reports, "auth_failed");
  authorization = "Basic dXBkcmFmdDpodW50ZXIy";
  answer = post(kFile);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.retry_after, 1u);
  now += kLoginDelayMs;
  EXPECT_EQ(intake.calls, "");
  EXPECT_EQ(post(kFile).status, 200);
  EXPECT_TRUE(intake.offer.sender_proved);
}

}  // namespace
}  // namespace updraft::link
