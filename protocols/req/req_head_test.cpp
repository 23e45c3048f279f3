#include "protocols/req/req_head.hpp"

#include <gtest/gtest.h>

#include "protocols/req/req_samples.hpp"

namespace updraft::link {
namespace {

using samples::req_head;

std::string written(const ReqHead& head) {
  std::byte room[kReqHeadBytes];
  return samples::text(Bytes(room).first(write_req_head(head, room)));
}

TEST(ReqHead, IsTheOneOfTheSpecification) {
  EXPECT_EQ(written({8000, 512}), "total: 8000\r\nlength: 512\r\n\r\n");
  EXPECT_EQ(written({8000, 512}).size(), 28u);
}

TEST(ReqHead, ComesBackAsItWasWritten) {
  for (const ReqHead head : {ReqHead{1, 1}, ReqHead{8000, 320}, ReqHead{4096, 4096},
                             ReqHead{999'999'999, 512}, ReqHead{9'999'999'999, 1}}) {
    EXPECT_EQ(parse_req_head(written(head)), head);
  }
}

struct Bad {
  const char* name;
  std::string head;
};
void PrintTo(const Bad& row, std::ostream* out) { *out << row.name; }

class ReqBadHead : public testing::TestWithParam<Bad> {};

TEST_P(ReqBadHead, IsRefused) {
  const auto head = parse_req_head(GetParam().head);
  ASSERT_FALSE(head.has_value());
  EXPECT_EQ(head.error().code, Code::protocol);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ReqBadHead,
    testing::Values(
        Bad{"empty", ""}, Bad{"only_an_end", "\r\n\r\n"}, Bad{"words", "hello\r\n\r\n"},
        Bad{"http", "HTTP/1.1 404 Not Found\r\n\r\n"}, Bad{"no_total", "length: 512\r\n\r\n"},
        Bad{"no_length", "total: 8000\r\n\r\n"},
        Bad{"other_order", "length: 512\r\ntotal: 8000\r\n\r\n"},
        Bad{"no_end", "total: 8000\r\nlength: 512\r\n"},
        Bad{"more_after_the_end", "total: 8000\r\nlength: 512\r\n\r\nx"},
        Bad{"another_key", "total: 8000\r\nlength: 512\r\nx: 1\r\n\r\n"},
        Bad{"upper_case", "Total: 8000\r\nLength: 512\r\n\r\n"},
        Bad{"only_line_feeds", "total: 8000\nlength: 512\n\n"},
        Bad{"no_blank", "total:8000\r\nlength:512\r\n\r\n"},
        Bad{"two_blanks", req_head(" 8000", "512")}, Bad{"blank_after", req_head("8000 ", "512")},
        Bad{"total_of_nothing", req_head("", "512")},
        Bad{"length_of_nothing", req_head("8000", "")}, Bad{"total_0", req_head("0", "0")},
        Bad{"length_0", req_head("8000", "0")}, Bad{"length_4097", req_head("8000", "4097")},
        Bad{"length_above_the_total", req_head("511", "512")},
        Bad{"negative_total", req_head("-8000", "512")},
        Bad{"negative_length", req_head("8000", "-1")}, Bad{"plus", req_head("+8000", "512")},
        Bad{"leading_zero", req_head("08000", "512")}, Bad{"length_01", req_head("8000", "01")},
        Bad{"digits_11", req_head("12345678901", "512")},
        Bad{"length_digits_11", req_head("8000", "00000000512")},
        Bad{"digits_100", req_head(std::string(100, '1'), "512")},
        Bad{"number_2_to_64", req_head("18446744073709551616", "512")},
        Bad{"hexadecimal", req_head("0x1f40", "512")}, Bad{"fraction", req_head("8000.0", "512")}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::link
