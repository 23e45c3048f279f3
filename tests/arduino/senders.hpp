// Who updates a board: by raw TCP, and what the page does in a browser.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/link/login.hpp"
#include "protocols/ws/ws_words.hpp"
#include "tests/arduino/board.hpp"
#include "tests/esp_idf/senders.hpp"

namespace updraft::arduino {

inline const esp_idf::FakeHttp::Fields kHost = {{"Host", "192.168.4.1"}};

inline std::string text(const esp_idf::Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

// What the server says next; the update task has it say some of that.
inline std::string said(Board& board, int socket) {
  std::vector<std::string> words;
  (void)board.until([&] {
    board.http.work();
    words = board.http.said(socket);
    return !words.empty();
  });
  return words.empty() ? "nothing" : words.back();
}

// What the page does in a browser: logs in, sends the image as it is asked for, restarts the
// device.
inline void by_page(Board& board, const esp_idf::Image& image) {
  const int socket = board.http.connect(kHost);
  ASSERT_NE(socket, -1);
  const std::string asked = said(board, socket);
  ASSERT_THAT(asked, testing::HasSubstr("otaLogin"));
  link::Challenge challenge;
  std::ranges::copy(as_bytes(asked.substr(asked.size() - 10, 8)), challenge.begin());
  std::array<char, link::kWsAnswerBytes> room;
  (void)board.http.send(socket, link::ws_answer(link::answer_to(challenge, "secret"), room));
  ASSERT_THAT(said(board, socket), testing::HasSubstr("\"ok\""));
  (void)board.http.send(socket,
                        "{\"name\":\"otaSize\",\"value\":" + std::to_string(image.size()) + "}");
  for (std::size_t at = 0; at < image.size(); at += 2048) {
    ASSERT_THAT(said(board, socket), testing::HasSubstr("otaGetChunk"));
    (void)board.http.send(socket, HTTPD_WS_TYPE_BINARY, at_most(Bytes(image).subspan(at), 2048));
  }
  ASSERT_THAT(said(board, socket), testing::HasSubstr("otaEnd"));
  (void)board.http.send(socket, "{\"name\":\"otaRestartEsp\",\"value\":0}");
}

inline void by_raw(Board& board, const esp_idf::Image& image) {
  esp_idf::push(static_cast<std::uint16_t>(std::stoi(board.word("raw"))), image);
}

inline std::map<std::string, std::string> with_raw(std::map<std::string, std::string> words = {}) {
  words["raw"] = std::to_string(esp_idf::free_port());
  return words;
}

}  // namespace updraft::arduino
