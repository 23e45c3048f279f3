#include "host/desk/url.hpp"

#include <gtest/gtest.h>

#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

struct Good {
  std::string_view text;
  Scheme scheme;
  std::string_view host;
  std::uint16_t port;
  std::string_view path, again;  // `again`: text() of it
};
const Good kGood[] = {
    {"raw://10.0.0.1", kRaw, "10.0.0.1", 18000, "", "raw://10.0.0.1:18000"},
    {"raw://a.local:1", kRaw, "a.local", 1, "", "raw://a.local:1"},
    {"raw://[::1]:65535", kRaw, "::1", 65535, "", "raw://[::1]:65535"},
    {"raw://[fe80::1%eth0]", kRaw, "fe80::1%eth0", 18000, "", "raw://[fe80::1%eth0]:18000"},
    {"raw://h/", kRaw, "h", 18000, "", "raw://h:18000"},
    {"ws://h", kWs, "h", 80, "/ota/ws", "ws://h:80/ota/ws"},
    {"wss://h:8443/my/ws", kWs, "h", 8443, "/my/ws", "wss://h:8443/my/ws"},
    {"bundle://h", kBundle, "h", 8266, "", "bundle://h:8266"},
    {"WS://H.local", kWs, "H.local", 80, "/ota/ws", "ws://H.local:80/ota/ws"},
    {"Raw://h", kRaw, "h", 18000, "", "raw://h:18000"},
    {"control:/dev/esps0", kControl, "", 0, "/dev/esps0", "control:/dev/esps0"},
};

TEST(Url, Read) {
  for (const Good& row : kGood) {
    SCOPED_TRACE(row.text);
    const Url url = parse_url(row.text);
    EXPECT_EQ(url.scheme, row.scheme);
    EXPECT_EQ(url.host, row.host);
    EXPECT_EQ(url.port, row.port);
    EXPECT_EQ(url.path, row.path);
    EXPECT_EQ(url.text(), row.again);
    EXPECT_EQ(parse_url(url.text()).text(), row.again);
  }
}

constexpr std::string_view kBad[] = {"",
                                     ":",
                                     "raw",
                                     "raw:",
                                     "raw:/",
                                     "raw://",
                                     "raw://:1",
                                     "raw:///x",
                                     "raw://h:",
                                     "raw://h:0",
                                     "raw://h:65536",
                                     "raw://h:1x",
                                     "raw://h:-1",
                                     "raw://h/path",
                                     "raw://[::1",
                                     "raw://[]",
                                     "raw://[::1]x",
                                     "raw://[[x]",
                                     "raw://[a]",
                                     "raw://[::1]]",
                                     "raw://a]b",
                                     "raw://a b",
                                     "raw://a\tb",
                                     "raw://a\nb",
                                     "raw://user@h",
                                     "raw://h?x",
                                     "ws://h#x",
                                     "ws://h\\x",
                                     {"\0raw://h", 8},
                                     {"raw:\0//h", 8},
                                     "control:/dev/\x1b[2Jesps0",
                                     "nosuch://h",
                                     "ws://h/a b",
                                     "ws://h/a#b",
                                     "ws://h/a?b",
                                     "control:",
                                     "://h"};

TEST(Url, EveryOtherTextHasASentence) {
  for (const std::string_view text : kBad) {
    SCOPED_TRACE(text);
    try {
      ADD_FAILURE() << parse_url(text).text();
    } catch (const Trouble& trouble) {
      EXPECT_EQ(trouble.kind, Trouble::Kind::usage);
      EXPECT_STRNE(trouble.what(), "");
    }
  }
}

TEST(Url, SaysWhatWasMeant) {
  const auto said = [](std::string_view text) -> std::string {
    try {
      return parse_url(text).text();
    } catch (const Trouble& trouble) {
      return trouble.what();
    }
  };
  EXPECT_EQ(said("http://10.0.0.1/ota/ws"), "http://10.0.0.1:80/ota/ws") << "that is one as well";
  EXPECT_EQ(said("HTTPS://h"), "https://h:443/ota");
  const std::string alone = said("192.168.1.20");
  EXPECT_TRUE(alone.starts_with("192.168.1.20: did you mean raw://192.168.1.20, ")) << alone;
  EXPECT_TRUE(alone.ends_with(" or native://192.168.1.20?")) << alone;
  EXPECT_EQ(said("raw:/10.0.0.1:18000"), "raw:/10.0.0.1:18000: did you mean raw://10.0.0.1:18000?");
  EXPECT_EQ(said("WS:kitchen"), "WS:kitchen: did you mean ws://kitchen?");
  EXPECT_EQ(said("raw:18000").find("did you mean"), std::string::npos);
  EXPECT_EQ(said("nonsense").find("did you mean"), std::string::npos);
}

TEST(Url, OnlyTheProtocolsAtHand) {
  const Protocol* const only[] = {&kRaw};
  EXPECT_EQ(parse_url("raw://h", only).scheme, kRaw);
  EXPECT_THROW(parse_url("ws://h", only), Trouble);
}

}  // namespace
}  // namespace updraft::host
