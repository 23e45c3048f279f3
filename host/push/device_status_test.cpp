#include "host/push/device_status.hpp"

#include <gtest/gtest.h>

namespace updraft::host {
namespace {

constexpr std::string_view kWhole =
    R"({"project":"demo","version":"1.1.0","digest":"5f82e316d434907d","state":"pending_verify",)"
    R"("boot":"7","pending":true,"confirm_in_ms":5000,)"
    R"("last":{"result":"refused","code":"wrong_chip","message":"no"}})";

TEST(DeviceStatus, AllOfIt) {
  const auto status = parse_status(kWhole);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->project, "demo");
  EXPECT_EQ(status->version, "1.1.0");
  EXPECT_EQ(status->digest, "5f82e316d434907d");
  EXPECT_EQ(status->boot, "7");
  EXPECT_TRUE(status->pending);
  EXPECT_EQ(status->confirm_in_ms, 5000);
  ASSERT_TRUE(status->last);
  EXPECT_EQ(status->last->code, "wrong_chip");
}

TEST(DeviceStatus, TheTargets) {
  const auto status = parse_status(
      R"({"state":"valid","boot":"1","targets":[7,{"name":"fs:web","format":"littlefs","bytes":4096,)"
      R"("way":"staged"},{"name":"fs:a\u001bb"}]})");
  ASSERT_TRUE(status);
  ASSERT_EQ(status->targets.size(), 2u);
  EXPECT_EQ(status->targets[0].name, "fs:web");
  EXPECT_EQ(status->targets[0].format, "littlefs");
  EXPECT_EQ(status->targets[0].bytes, 4096u);
  EXPECT_EQ(status->targets[0].way, "staged");
  EXPECT_EQ(status->targets[1].name.find('\x1b'), std::string::npos);
}

TEST(DeviceStatus, TheRescueApp) {
  EXPECT_FALSE(parse_status(kWhole)->rescue) << "there is none beside what runs";
  const auto status = parse_status(
      R"({"state":"valid","boot":"1","rescue":{"version":"1.0\u001b","wanted":"1.2.0","too_old":true}})");
  ASSERT_TRUE(status && status->rescue);
  EXPECT_EQ(status->rescue->version.find('\x1b'), std::string::npos);
  EXPECT_EQ(status->rescue->wanted, "1.2.0");
  EXPECT_TRUE(status->rescue->too_old);
  const auto other = parse_status(R"({"state":"valid","boot":"1","rescue":7})");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->rescue);
}

TEST(DeviceStatus, WhatIsNoneIsNone) {
  for (const std::string_view text :
       {"", "[]", "{}", "null", R"({"state":"valid"})", R"({"boot":"1"})",
        R"({"state":1,"boot":"1"})", "<html></html>"}) {
    EXPECT_FALSE(parse_status(text)) << text;
  }
  for (std::size_t size = 0; size < kWhole.size(); ++size) {
    EXPECT_FALSE(parse_status(kWhole.substr(0, size))) << size;
  }
}

TEST(DeviceStatus, MembersOfAnotherKindCountAsMissing) {
  const auto status = parse_status(
      R"({"state":"valid","boot":"1","version":7,"pending":"yes","confirm_in_ms":"soon","last":[]})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->version, "");
  EXPECT_FALSE(status->pending);
  EXPECT_FALSE(status->confirm_in_ms);
  EXPECT_FALSE(status->last);
}

TEST(DeviceStatus, ACountdownIsFromNowToADay) {
  const auto left = [](const std::string& number) {
    return parse_status(R"({"state":"new","boot":"1","confirm_in_ms":)" + number + "}")
        ->confirm_in_ms;
  };
  EXPECT_EQ(left("0"), 0);
  EXPECT_EQ(left("86400000"), 86'400'000);
  EXPECT_EQ(left("86400001"), std::nullopt);
  EXPECT_EQ(left("-1"), std::nullopt);
  EXPECT_EQ(left("1e300"), std::nullopt);
}

TEST(DeviceStatus, TextsAreMadePrintable) {
  const auto status = parse_status(R"({"state":"valid","boot":"1","version":"\u001b[31m"})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->version, "\\x1b[31m");
}

}  // namespace
}  // namespace updraft::host
