// What a device says of itself, and what no server would take.
#include "protocols/pull/web_hello.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "protocols/pull/web_reports.hpp"

namespace updraft::link {
namespace {

std::string text_of_hello(const WebHello& hello) {
  std::array<char, kMostHelloBytes> room;
  HttpText out(room);
  write_hello(hello, out);
  EXPECT_FALSE(out.full());
  return std::string(out.view());
}

std::string_view fault(const std::vector<WebAttribute>& attributes, std::string_view zone = "") {
  std::array<char, kMostHelloBytes> room;
  return fault_of(zone, attributes, room);
}

TEST(WebHello, IsOneEvent) {
  const std::vector<WebAttribute> attributes = {{"room", "Küche"}, {"floor", "-1"}};
  EXPECT_EQ(text_of_hello({.version = "1.2.3",
                           .project = "demo",
                           .chip = "esp32c3",
                           .slot_bytes = 1'048'576,
                           .inflates = true,
                           .patches = true,
                           .time_zone = "Europe/Berlin",
                           .attributes = attributes}),
            R"("event":"hello","version":"1.2.3","project":"demo","chip":"esp32c3",)"
            R"("slot_size":1048576,"codecs":["plain","zlib","delta"],"tz":"Europe/Berlin",)"
            R"("attrs":{"room":"Küche","floor":"-1"}})");
  EXPECT_EQ(text_of_hello({.version = "1", .project = "p", .chip = "esp32"}),
            R"("event":"hello","version":"1","project":"p","chip":"esp32","slot_size":0,)"
            R"("codecs":["plain"],"attrs":{}})");
}

// Versions and names of projects come from images, and hold what their builder liked.
TEST(WebHello, NothingBreaksOutOfItsString) {
  const std::string said =
      text_of_hello({.version = "a\"b\\c", .project = "x\n\x1by\xff", .chip = "z"});
  EXPECT_NE(said.find(R"("version":"a\"b\\c","project":"x..y.",)"), said.npos) << said;
}

TEST(WebHello, AnotherTextHasAnotherMark) {
  EXPECT_EQ(mark_of_hello("one"), mark_of_hello("one"));
  EXPECT_NE(mark_of_hello("one"), mark_of_hello("two"));
}

TEST(WebHello, HasLimits) {
  const std::string name(kMostAttributeName, 'n'), value(kMostAttributeValue, 'v');
  EXPECT_EQ(fault({{name, value}, {"b", ""}}, "+02:00"), "");
  std::vector<std::string> names;
  std::vector<WebAttribute> many;
  for (std::size_t i = 0; i < kMostAttributes; ++i) names.push_back("n" + std::to_string(i));
  for (const std::string& each : names) many.push_back({each, "v"});
  EXPECT_EQ(fault(many), "");
  many.push_back({"one", "more"});
  const std::string long_name = name + "n", long_value = value + "v";
  struct Row {
    std::vector<WebAttribute> attributes;
    const char* word;
  };
  for (const Row& row :
       {Row{many, "more than 32"}, Row{{{"", "v"}}, "name"}, Row{{{long_name, "v"}}, "name"},
        Row{{{"a b", "v"}}, "name"}, Row{{{"ü", "v"}}, "name"}, Row{{{"a", long_value}}, "value"},
        Row{{{"a", "b\nc"}}, "value"}, Row{{{"a", "\xff"}}, "value"},
        Row{{{"a", "1"}, {"a", "2"}}, "same name"}}) {
    SCOPED_TRACE(row.word);
    EXPECT_NE(fault(row.attributes).find(row.word), std::string_view::npos);
  }
  EXPECT_NE(fault({}, std::string(kMostTimeZone + 1, 'z')).find("time zone"),
            std::string_view::npos);
}

// The most that is let through is one report, with the longest id and number.
TEST(WebHello, FitsInAReport) {
  std::vector<std::string> names;
  std::vector<WebAttribute> attributes;
  const std::string value(kMostAttributeValue, '"');  // each takes two characters
  for (std::size_t i = 0; i < kMostAttributes; ++i) names.push_back("n" + std::to_string(i));
  for (const std::string& each : names) {
    attributes.push_back({each, value});
    if (!fault(attributes).empty()) break;
  }
  EXPECT_NE(fault(attributes).find("all attributes together"), std::string_view::npos);
  attributes.pop_back();
  EXPECT_GT(attributes.size(), 3u);
  const std::string longest(32, '"');
  const std::string hello = text_of_hello({.version = longest,
                                           .project = longest,
                                           .chip = "esp32c61",
                                           .slot_bytes = UINT32_MAX,
                                           .inflates = true,
                                           .patches = true,
                                           .time_zone = "",
                                           .attributes = attributes});
  const std::string around = R"({"id":"","events":[{"n":18446744073709551615,]})";
  EXPECT_LE(hello.size() + around.size() + 64, kMostReportBytes);
}

}  // namespace
}  // namespace updraft::link
