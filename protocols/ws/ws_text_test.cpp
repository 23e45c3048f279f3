#include "protocols/ws/ws_text.hpp"

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

// "name=value", "name#number"; a code if it is refused. The same whole and byte by byte.
std::string read(std::string_view text) {
  std::string whole;
  for (const std::size_t step : {text.size() + 1, std::size_t{1}}) {
    WsText reader;
    reader.reset();
    Result<> done;
    for (std::size_t at = 0; done && at < text.size(); at += step) {
      done = reader.push(as_bytes(text.substr(at, step)));
    }
    if (done) done = reader.finish();
    std::string got = std::string(reader.name()) + "=" + std::string(reader.value());
    if (const auto number = reader.number()) got += "#" + std::to_string(*number);
    if (!done) got = name(done.error().code);
    EXPECT_TRUE(whole.empty() || whole == got) << text;
    whole = got;
  }
  return whole;
}

TEST(WsText, MessagesOfTheOriginal) {
  EXPECT_EQ(read(R"({"name":"otaSize","value":10000})"), "otaSize=#10000");
  EXPECT_EQ(read(R"({"name":"otaGetChunk","value": 8192 })"), "otaGetChunk=#8192");
  EXPECT_EQ(read(R"({"name":"otaEnd","value":"OK" })"), "otaEnd=OK");
  EXPECT_EQ(read(R"({"name":"otaProcessRollback","value":"false"})"), "otaProcessRollback=false");
}

TEST(WsText, AnyOrderAndMoreMembers) {
  EXPECT_EQ(read(R"({"value":"7","name":"otaSize"})"), "otaSize=7#7");
  EXPECT_EQ(read(R"( { "id":1,"name":"a","x":{"name":"b","value":[1]},"value":null,"y":[[2]] } )"),
            "a=null");
  EXPECT_EQ(read(R"({"name":"a","value":false})"), "a=false");
  EXPECT_EQ(read("{\"name\":\"a\",\"value\":1,\"long\":\"" + std::string(500, 'x') + "\"}"),
            "a=#1");
}

TEST(WsText, NumbersFromZeroOn) {
  EXPECT_EQ(read(R"({"name":"n","value":0})"), "n=#0");
  EXPECT_EQ(read(R"({"name":"n","value":-1})"), "n=");
  EXPECT_EQ(read(R"({"name":"n","value":1.5})"), "n=");
  EXPECT_EQ(read(R"({"name":"n","value":9007199254740991})"), "n=#9007199254740991");
  EXPECT_EQ(read(R"({"name":"n","value":"-1"})"), "n=-1");
  EXPECT_EQ(read(R"({"name":"n","value":"1 "})"), "n=1 ");
  EXPECT_EQ(read(R"({"name":"n","value":"9223372036854775808"})"), "n=9223372036854775808");
}

TEST(WsText, TokensHaveALimit) {
  const std::string most(kWsTokenBytes, 'x');
  EXPECT_EQ(read(R"({"name":")" + most + R"(","value":")" + most + "\"}"), most + "=" + most);
  EXPECT_EQ(read(R"({"name":")" + most + R"(x","value":1})"), "protocol");
  EXPECT_EQ(read(R"({"name":"a","value":")" + most + "x\"}"), "protocol");
}

TEST(WsText, RefusesTheRest) {
  for (const char* text : {"",
                           " ",
                           "{}",
                           "[]",
                           "1",
                           "\"otaSize\"",
                           R"(["name","value"])",
                           R"({"name":"a"})",
                           R"({"value":1})",
                           R"({"name":1,"value":1})",
                           R"({"name":null,"value":1})",
                           R"({"name":"a","name":"a","value":1})",
                           R"({"name":"a","value":1,"value":1})",
                           R"({"name":"a","value":{}})",
                           R"({"name":"a","value":[1]})",
                           R"({"name":{},"value":1})",
                           R"({"name":"a","value":1)",
                           R"({"name":"a","value":1}})",
                           R"({"name":"a","value":1}x)",
                           R"({"name":"a","value":12345678901234567890})",
                           R"({"x":{"name":"a","value":1}})",
                           R"([{"name":"a","value":1}])"}) {
    EXPECT_EQ(read(text), "protocol") << text;
  }
}

}  // namespace
}  // namespace updraft::link
