#include "protocols/link/multipart.hpp"

#include <string>

#include <gtest/gtest.h>

#include "protocols/link/test_form.hpp"

namespace updraft::link {
namespace {

using State = Multipart::State;

struct Read {
  std::string file;
  State state;
};

// The body in pieces of `step` bytes.
Read read(std::string_view boundary, std::string_view body, std::size_t step) {
  Multipart form(boundary);
  Read got{"", State::before};
  for (std::size_t at = 0; at < body.size(); at += step) {
    Bytes rx = as_bytes(body.substr(at, step));
    while (!rx.empty()) got.file += as_text(form.next(rx));
  }
  got.state = form.state();
  return got;
}

void expect_file(std::string_view boundary, const std::string& body, std::string_view file) {
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Read got = read(boundary, body, step);
    ASSERT_EQ(got.file, file) << "in pieces of " << step;
    ASSERT_EQ(got.state, State::done) << "in pieces of " << step;
  }
}

// Boundaries as curl, Firefox, Chromium, Python's requests and http-form.md's curl example make
// them.
constexpr std::string_view kBoundaries[] = {
    "------------------------7d3b1c9f0a", "----geckoformboundary1fd5",
    "----WebKitFormBoundary7MA4YWxkTrZu0gW", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "x"};

TEST(Multipart, FindsTheFileInPiecesOfAnySize) {
  for (const std::string_view boundary : kBoundaries) {
    expect_file(boundary, form_of(boundary, "\xE9 firmware"), "\xE9 firmware");
  }
}

// The original stops at CR LF and three dashes; firmware may hold them, and all that a delimiter
// begins with.
TEST(Multipart, TheFileMayHoldWhatADelimiterBeginsWith) {
  for (const std::string_view boundary : kBoundaries) {
    const std::string line = "\r\n--" + std::string(boundary);
    for (std::size_t size = 1; size < line.size(); ++size) {
      const std::string part = line.substr(0, size);
      for (const std::string& file : {part, "a" + part, part + "b", part + part, "\r" + part,
                                      part + "\r", "\r\n" + part + "c"}) {
        const Read got = read(boundary, form_of(boundary, file), 1 + size % 5);
        // A part that ends the file joins with the delimiter only if it is all of it.
        ASSERT_EQ(got.file, file) << boundary << " " << size;
        ASSERT_EQ(got.state, State::done);
      }
    }
  }
}

// What the file is for, said before it; what is said after it is too late.
TEST(Multipart, ReadsTheFieldPartBeforeTheFile) {
  const std::string field = "--b\r\nContent-Disposition: form-data; name=\"part\"\r\n\r\n";
  const std::string body = form_of("b", "file", field + "fs:w\r\n--x\r\n");
  for (std::size_t step = 1; step <= body.size(); ++step) {
    Multipart form("b");
    std::string file;
    for (std::size_t at = 0; at < body.size(); at += step) {
      Bytes rx = as_bytes(std::string_view(body).substr(at, step));
      while (!rx.empty()) file += as_text(form.next(rx));
    }
    ASSERT_EQ(form.part(), "fs:w\r\n--x") << "in pieces of " << step;
    ASSERT_EQ(file, "file");
  }
  EXPECT_EQ(read("b", form_of("b", "file", field + std::string(33, 'a') + "\r\n"), 7).state,
            State::broken);
}

TEST(Multipart, AZeroInTheFieldPartIsNoEndOfIt) {
  const std::string head = "--b\r\nContent-Disposition: form-data; name=\"part\"\r\n\r\n";
  for (const std::string& value : {std::string("app\0x", 5), std::string(29, '\0')}) {
    for (std::size_t step = 1; step <= value.size(); ++step) {
      EXPECT_EQ(read("b", head + value, step).state, State::broken) << "in pieces of " << step;
    }
  }
}

TEST(Multipart, TakesTheFirstPartThatIsAFile) {
  const std::string head =
      "--b\r\nContent-Disposition: form-data; name=\"MD5\"\r\n\r\nbbf1c775\r\n";
  expect_file("b", form_of("b", "file", head), "file");
  for (const char* disposition :
       {"form-data; name=\"firmware\"; filename=\"a.bin\"", "form-data; name=file",
        "form-data;name=x;FILENAME=\"a \\\"b\\\".bin\"", "form-data; filename*=UTF-8''a.bin",
        "attachment; filename=\"\""}) {
    const std::string body = "--b\r\ncontent-disposition: " + std::string(disposition) +
                             "\r\nX: y\r\n\r\nfile\r\n--b\r\n\r\nno\r\n--b--";
    expect_file("b", body, "file");
  }
  EXPECT_EQ(
      read("b", "--b\r\nContent-Disposition: form-data; name=\"filename\"\r\n\r\nx\r\n--b--", 3)
          .state,
      State::none);
  EXPECT_EQ(read("b", "--b--", 1).state, State::none);
  expect_file("b", "preamble\r\n" + form_of("b", "file"), "file");
  expect_file("b", "--b \t\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nfile\r\n--b--",
              "file");
}

TEST(Multipart, LongNamesDoNotMatter) {
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
                           std::string(2000, 'n') + "\"\r\n\r\nfile\r\n--b--";
  expect_file("b", body, "file");
}

TEST(Multipart, AHeadHasItsLimit) {
  const std::string start = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\nX: ";
  const std::string end = "\r\n\r\nfile\r\n--b--";
  const std::size_t fixed = start.size() - std::string("--b\r\n").size() + 4;
  const std::string most(kMultipartHead - fixed, 'x');
  EXPECT_EQ(read("b", start + most + end, 100).file, "file");
  EXPECT_EQ(read("b", start + most + "x" + end, 100).state, State::broken);
}

TEST(Multipart, WhatIsNoForm) {
  for (const char* body : {"--b\n", "--b\r\nX: y\n\r\n", "--bx", "--b-x", "--b\r\r", "--b -"}) {
    EXPECT_EQ(read("b", body, 1).state, State::broken) << body;
  }
  EXPECT_EQ(Multipart("").state(), State::broken);
}

// Cut at every byte: never done before the whole delimiter is there.
TEST(Multipart, CutAtEveryByte) {
  const std::string body = form_of("----x", "firmware");
  const std::size_t end = body.find("\r\n------x--") + std::string("\r\n------x").size();
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Read got = read("----x", std::string_view(body).substr(0, size), 7);
    EXPECT_EQ(got.state == State::done, size >= end) << size;
    EXPECT_TRUE(std::string("firmware").starts_with(got.file));
  }
}

TEST(Multipart, Boundaries) {
  const std::string seventy(kMultipartBoundary, 'x');
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\""), "a b");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + seventy), seventy);
  for (const std::string& none :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        "multipart/form-data; boundary=" + seventy + "x",
        std::string("multipart/mixed; boundary=a"),
        std::string("multipart/form-data; boundary=\"a\r\n\""),
        std::string("multipart/form-data; boundary=\"a \""), std::string("")}) {
    EXPECT_EQ(multipart_boundary(none), "") << none;
  }
  EXPECT_TRUE(is_multipart("multipart/form-data"));
  EXPECT_FALSE(is_multipart("application/octet-stream"));
}

}  // namespace
}  // namespace updraft::link
