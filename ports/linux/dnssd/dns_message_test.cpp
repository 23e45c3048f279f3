#include "ports/linux/dnssd/dns_message.hpp"

#include <gtest/gtest.h>

namespace updraft::linux_port {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

using std::string_literals::operator""s;

// An answer as a responder with compression writes it: the names point into the first one.
const std::string kAnswer =
    "\0\0\x84\0\0\0\0\x02\0\0\0\0"s                                   // two answers
    "\x08_updraft\x04_tcp\x05local\0\0\x0c\0\x01\0\0\x11\x94\0\x0a"s  // at 12: PTR, 4500 s
    "\x07kitchen\xc0\x0c"s                                            // at 43
    "\xc0\x2b\0\x21\x80\x01\0\0\0\x78\0\x0e"s                         // SRV, 120 s, unique
    "\0\0\0\0\x46\x50\x05"s
    "hosty\xc0\x1a"s;  // port 18000, hosty.local

TEST(DnsMessage, ReadsNamesThatPointBack) {
  const auto message = read_dns(bytes_of(kAnswer));
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->response);
  ASSERT_EQ(message->answers.size(), 2U);
  const DnsRecord& pointer = message->answers[0];
  EXPECT_EQ(pointer.type, DnsType::ptr);
  EXPECT_EQ(pointer.ttl, 4500U);
  EXPECT_EQ(pointer.target(), dns_name("kitchen._updraft._tcp.local"));
  const DnsRecord& place = message->answers[1];
  EXPECT_EQ(place.name, pointer.target());
  EXPECT_TRUE(place.unique);
  EXPECT_EQ(place.port(), 18'000);
  EXPECT_EQ(place.target(), dns_name("hosty.local"));
}

TEST(DnsMessage, IsNothingWhereverItIsCut) {
  for (std::size_t size = 0; size < kAnswer.size(); ++size) {
    EXPECT_FALSE(read_dns(bytes_of(kAnswer.substr(0, size)))) << size;
  }
}

struct Bad {
  const char* name;
  std::string bytes;
};

class BadMessage : public testing::TestWithParam<Bad> {};

TEST_P(BadMessage, IsNotRead) { EXPECT_FALSE(read_dns(bytes_of(GetParam().bytes))); }

std::string question(const std::string& name) {
  return "\0\0\0\0\0\x01\0\0\0\0\0\0"s + name + "\0\x0c\0\x01"s;
}

std::string long_name() {
  std::string name;
  for (int i = 0; i < 4; ++i) name += "\x3f" + std::string(63, 'a');
  return name + "\0"s;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, BadMessage,
    testing::Values(Bad{"points_to_itself", question("\xc0\x0c"s)},
                    Bad{"points_forward", question("\xc0\x20"s)},
                    Bad{"points_in_a_circle", question("\x01"
                                                       "a\xc0\x0c"s)},
                    Bad{"reserved_label", question("\x41" + std::string(65, 'a') + "\0"s)},
                    Bad{"name_of_257", question(long_name())},
                    Bad{"more_than_it_has", "\0\0\0\0\xff\xff\xff\xff\0\0\0\0"s},
                    Bad{"record_beyond_the_end",
                        "\0\0\x84\0\0\0\0\x01\0\0\0\0\0\0\x10\0\x01\0\0\0\0\xff\xff"s}),
    [](const auto& row) { return row.param.name; });

TEST(DnsMessage, ReadsWhatItWrites) {
  DnsMessage message{.id = 7, .response = true};
  message.questions = {{dns_name("a.local"), DnsType::any}};
  std::array<std::byte, 16> v4{}, v6{};
  v4[10] = v4[11] = std::byte{0xFF};
  v4[15] = v6[15] = std::byte{1};
  const DnsName host = dns_name("kitchen.local"), name = dns_name("k._updraft._tcp.local");
  message.answers = {address_record(host, v4, 120), address_record(host, v6, 120)};
  message.authorities = {service_record(name, host, 80, 120)};
  message.additionals = {text_record(name, {"v=1", "id=abc"}, 4500), text_record(name, {}, 1),
                         no_others_record(host, {DnsType::a, DnsType::aaaa}, 120)};
  const std::vector<std::byte> bytes = write_dns(message);
  const auto read = read_dns(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(write_dns(*read), bytes);
  EXPECT_EQ(read->answers[0].data.size(), 4U);
  EXPECT_EQ(read->answers[1].type, DnsType::aaaa);
  EXPECT_EQ(read->additionals[0].strings(), (std::vector<std::string>{"v=1", "id=abc"}));
  EXPECT_EQ(read->additionals[1].strings(), std::vector<std::string>{""});
}

TEST(DnsMessage, LeavesOutOtherClasses) {
  std::string chaos = kAnswer;
  chaos[36] = '\x03';  // of the first answer's class
  const auto message = read_dns(bytes_of(chaos));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->answers.size(), 1U);
}

TEST(DnsName, HasLettersOfEitherCase) {
  EXPECT_TRUE(same_name(dns_name("Kitchen.LOCAL"), dns_name("kitchen.local")));
  EXPECT_FALSE(same_name(dns_name("kitchen.local"), dns_name("kitchen")));
  EXPECT_FALSE(same_name({"kitchen.local"}, dns_name("kitchen.local")));
}

}  // namespace
}  // namespace updraft::linux_port
