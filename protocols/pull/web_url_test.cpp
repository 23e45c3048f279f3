#include "protocols/pull/web_url.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

TEST(WebUrl, ReadsTheParts) {
  const auto url = parse_web_url("https://updates.example:8443/lamp/app.bin?chip=esp32c3#top");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "updates.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/lamp/app.bin?chip=esp32c3");
  const auto plain = parse_web_url("HTTP://[fe80::1]");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_TRUE(plain->in_brackets);
  EXPECT_EQ(plain->host, "fe80::1");
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(plain->path, "/");
  EXPECT_EQ(parse_web_url("https://h/")->port, 443);
  EXPECT_TRUE(parse_web_url("https://h:65535/a")) << "the last port";
}

TEST(WebUrl, RefusesWhatIsNone) {
  for (const std::string_view text : {"",
                                      "https://",
                                      "https:///a",
                                      "ftp://h/a",
                                      "https:/h/a",
                                      "h/a",
                                      "https://me:secret@h/a",
                                      "https://h:0/a",
                                      "https://h:65536/a",
                                      "https://h:/a",
                                      "https://h:8a/a",
                                      "https://[::1/a",
                                      "https://[::1]x/a",
                                      "https://[]/",
                                      "https://h/a b",
                                      "https://h/a\r\nX: y",
                                      "https://h/\x7f",
                                      "https://h\\a/b",
                                      "https://h/\xC3\xA9",
                                      "https://h/<a>",
                                      "https://h?x=1",
                                      "https://ho st/a"}) {
    EXPECT_FALSE(parse_web_url(text)) << text;
  }
  EXPECT_FALSE(parse_web_url({"https://h/\0a", 12}));
  EXPECT_TRUE(parse_web_url("https://h/" + std::string(kWebUrlBytes - 10, 'a')));
  EXPECT_FALSE(parse_web_url("https://h/" + std::string(kWebUrlBytes - 9, 'a')));
  EXPECT_TRUE(parse_web_url("https://" + std::string(kWebHostBytes, 'h') + "/"));
  EXPECT_FALSE(parse_web_url("https://" + std::string(kWebHostBytes + 1, 'h') + "/"));
}

TEST(WebUrl, TheSameServerIsTheSameWordNameAndPort) {
  const auto same = [](std::string_view a, std::string_view b) {
    return is_same_server(*parse_web_url(a), *parse_web_url(b));
  };
  EXPECT_TRUE(same("https://Host/a", "https://host:443/b"));
  EXPECT_FALSE(same("https://host/a", "http://host:443/a"));
  EXPECT_FALSE(same("https://host/a", "https://host:8443/a"));
  EXPECT_FALSE(same("https://host/a", "https://host.evil/a"));
}

struct Step {
  std::string_view location, text;  // text empty: refused
};
constexpr Step kSteps[] = {
    {"https://other/x", "https://other/x"},
    {"HTTP://other:81/x#y", "HTTP://other:81/x"},
    {"//other/x", "https://other/x"},
    {"/x?y", "https://host:8443/x?y"},
    {"x", "https://host:8443/a/b/x"},
    {"x/y?z=/w", "https://host:8443/a/b/x/y?z=/w"},
    {"", ""},
    {"?x", ""},
    {"ftp://other/x", ""},
    {"mailto:me", ""},
    {"https://a:b@other/x", ""},
    {"/x y", ""},
    {"//", ""},
};

TEST(WebPlace, FollowsALocation) {
  for (const Step& step : kSteps) {
    WebPlace place;
    ASSERT_TRUE(place.set("https://host:8443/a/b/c.bin?q=/r"));
    const Result<> done = place.follow(step.location);
    EXPECT_EQ(done.has_value(), !step.text.empty()) << step.location;
    if (!done) {
      EXPECT_EQ(done.error().code, Code::protocol);
      continue;
    }
    EXPECT_EQ(place.text(), step.text);
  }
  WebPlace place;
  ASSERT_TRUE(place.set("https://host/" + std::string(kWebUrlBytes - 20, 'a')));
  EXPECT_FALSE(place.follow("/" + std::string(kWebUrlBytes - 5, 'b')))
      << "longer than there is room";
  EXPECT_EQ(place.set("nonsense"), false);
}

}  // namespace
}  // namespace updraft::link
