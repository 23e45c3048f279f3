#include "protocols/arduino/arduino_words.hpp"

#include <string>

#include <gtest/gtest.h>

#include "protocols/arduino/arduino_samples.hpp"

namespace updraft::link {
namespace {

const std::string kMd5 = "bbf1c77538f97ceeb1e03126edaa3594";

TEST(ArduinoInvitation, OfTheExample) {
  const auto made = parse_arduino_invitation(samples::kArduinoInvites);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->command, kArduinoApp);
  EXPECT_EQ(made->port, 45'678);
  EXPECT_EQ(made->size, 10'000u);
  std::array<std::byte, 256> room;
  const std::size_t size = write_arduino_invitation(*made, room);
  EXPECT_EQ(as_text(Bytes(room).first(size)), samples::kArduinoInvites);
}

// As the original's parser takes them.
TEST(ArduinoInvitation, InAnyFormThatTheOriginalTakes) {
  for (const std::string& text : std::vector<std::string>{
           "  0   45678  10000 " + kMd5 + "\n", "0 45678 10000 " + kMd5,
           "0 45678 10000\t" + kMd5 + "\r\n", "0 45678 10000 " + kMd5 + "\nand more",
           "0 45678 10000 BBF1C77538F97CEEB1E03126EDAA3594\n", "0 45678 10000   " + kMd5 + "  \n",
           "100 1 999999999999999 " + kMd5 + "\n"}) {
    EXPECT_TRUE(parse_arduino_invitation(text)) << text;
  }
}

TEST(ArduinoInvitation, AnythingElseIsNone) {
  for (const std::string& text : std::vector<std::string>{
           std::string(), std::string("\n"), std::string("OK"), "0 45678 10000",
           "0 45678 10000 " + kMd5.substr(1) + "\n", "0 45678 10000 " + kMd5 + "0\n",
           "0 45678 10000 " + kMd5.substr(1) + "x\n", "1 45678 10000 " + kMd5 + "\n",
           "200 45678 10000 " + kMd5 + "\n", "0 0 10000 " + kMd5 + "\n",
           "0 65536 10000 " + kMd5 + "\n", "0 -1 10000 " + kMd5 + "\n", "0 45678 -5 " + kMd5 + "\n",
           "0 45678 9999999999999999 " + kMd5 + "\n", "0 45678 18446744073709551615 " + kMd5 + "\n",
           "x 45678 10000 " + kMd5 + "\n", "0 45678 0x10 " + kMd5 + "\n"}) {
    EXPECT_FALSE(parse_arduino_invitation(text)) << text;
  }
}

TEST(ArduinoProof, BothLengthsAndNothingBetween) {
  const std::string then(32, 'a'), now(64, 'b');
  for (const std::string& text :
       std::vector<std::string>{"200 " + then + " " + then + "\n", "200 " + now + " " + now + "\n",
                                "200 " + now + " " + now, " 200 " + now + " " + now + "\r\n"}) {
    EXPECT_TRUE(parse_arduino_proof(text)) << text;
  }
  for (const std::string& text : std::vector<std::string>{
           std::string("200"), "200 " + then, "200 " + then + " " + now + "\n",
           "200 " + then.substr(1) + " " + then.substr(1) + "\n", "200 " + now + " \n",
           "201 " + now + " " + now + "\n", "200 " + std::string(64, 'x') + " " + now + "\n"}) {
    EXPECT_FALSE(parse_arduino_proof(text)) << text;
  }
  std::array<std::byte, 256> room;
  const std::size_t size =
      write_arduino_proof({samples::kArduinoCnonceThen, samples::kArduinoResponseThen}, room);
  EXPECT_EQ(as_text(Bytes(room).first(size)),
            "200 661f6211aaf66fc326fd78c290da1201 6a6ef2e591ec498bcda163265623c968\n");
}

// An original reads "OK" anywhere as a success.
TEST(ArduinoRefusal, NeverLooksLikeASuccess) {
  std::array<std::byte, 256> room;
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const Error why{static_cast<Code>(i), Where::device};
    const std::size_t size = write_arduino_refusal(why, room);
    const std::string_view line = as_text(Bytes(room).first(size));
    EXPECT_LT(size, kArduinoLineBytes) << line;
    EXPECT_EQ(line.find("OK"), line.npos) << line;
    EXPECT_EQ(line.find('\n'), line.npos) << line;
    EXPECT_EQ(parse_arduino_refusal(line).code, why.code) << line;
  }
  EXPECT_EQ(parse_arduino_refusal("ERROR[9]: Bad Size Given").code, Code::not_wanted);
  EXPECT_EQ(parse_arduino_refusal("").code, Code::not_wanted);
}

}  // namespace
}  // namespace updraft::link
