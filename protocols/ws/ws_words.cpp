#include "protocols/ws/ws_words.hpp"

#include <algorithm>
#include <charconv>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

// The text before and after the number or text; a message without one is all in `before`.
struct Row {
  std::string_view before, after;
  unsigned hex = 0;  // the number as so many hex digits, the lowest byte first; 0: decimal
};

// clang-format off
constexpr Row kRows[] = {
    {R"({"name":"otaCheckRollback","value":"true" })", {}},
    {R"({"name":"otaSetChunkSize","value":)", "}"},
    {R"({"name":"otaGetChunk","value":)", "}"},
    {R"({"name":"otaGetChunk","value": )", " }"},
    {R"({"name":"otaEnd","value":"OK" })", {}},
    {R"({"name":"otaEnd","value":"OK","current":true })", {}},
    {R"({"name":"otaCancel","value":"Cancel command"})", {}},
    {R"({"name":"otaError","value":"Error json str"})", {}},
    {R"({"name":"otaError","value":"Error ota size = 0"})", {}},
    {R"({"name":"otaError","value":"Error start ota"})", {}},
    {R"({"name":"otaError","value":"Error write ota"})", {}},
    {R"({"name":"otaError","value":"Error end ota"})", {}},
    {R"({"name":"otaError","value":"Error command"})", {}},
    {R"({"name":"otaLogin","value":")", R"("})", 8},
    {R"({"name":"otaLogin","value":"wait"})", {}},
    {R"({"name":"otaLogin","value":"ok"})", {}},
    {R"({"name":"otaLogin","value":"wrong"})", {}},
    {R"({"name":"otaLogin","value":"locked"})", {}},
    {R"({"name":"otaTarget","value":")", R"("})"},
    {R"({"name":"otaSize","value":)", "}"},
    {R"({"name":"otaRestartEsp","value":"restart"})", {}},
    {R"({"name":"otaCancel","value":"Cancel"})", {}},
    {R"({"name":"otaProcessRollback","value":"false"})", {}},
    {R"({"name":"otaProcessRollback","value":"true"})", {}},
    {R"({"name":"otaForce","value":"true"})", {}},
    {R"({"name":"otaRetry","value":")", R"("})", 16},
    {R"({"name":"otaRestartInto","value":")", R"("})"},
    {R"({"name":"otaTarget","value":")", R"("})"},
    {R"({"name":"otaOneWay","value":"true"})", {}},
};
// clang-format on

constexpr std::size_t kDigits = 16;
static_assert(kDigits <= kWsTextChars);

constexpr bool all_fit() {
  return std::ranges::all_of(kRows, [](const Row& row) {
    return row.before.size() + (row.after.empty() ? 0 : kWsTextChars) + row.after.size() <=
           kWsWordBytes;
  });
}
static_assert(all_fit());

char* write_hex(std::uint64_t number, unsigned digits, char* at) {
  for (unsigned shift = 0; shift < 4 * digits; shift += 8) {
    at = std::ranges::copy(HexByte(static_cast<std::byte>(number >> shift & 0xff)).view(), at).out;
  }
  return at;
}

}  // namespace

std::string_view ws_message(WsWord word, std::uint64_t number, std::span<char, kWsWordBytes> room) {
  const Row& row = kRows[static_cast<std::size_t>(word)];
  char* at = std::ranges::copy(row.before, room.data()).out;
  if (!row.after.empty()) {
    at =
        row.hex != 0 ? write_hex(number, row.hex, at) : std::to_chars(at, at + kDigits, number).ptr;
    at = std::ranges::copy(row.after, at).out;
  }
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

std::string_view ws_answer(const Answer& answer, std::span<char, kWsAnswerBytes> room) {
  constexpr std::string_view kBefore = R"({"name":"otaLogin","value":"answer","answer":")";
  constexpr std::string_view kAfter = R"("})";
  static_assert(kBefore.size() + kAnswerChars + kAfter.size() <= kWsAnswerBytes);
  char* at = std::ranges::copy(kBefore, room.data()).out;
  at = std::ranges::copy(as_text(answer), at).out;
  at = std::ranges::copy(kAfter, at).out;
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

std::string_view ws_message(WsWord word, std::string_view text,
                            std::span<char, kWsWordBytes> room) {
  const Row& row = kRows[static_cast<std::size_t>(word)];
  char* at = std::ranges::copy(row.before, room.data()).out;
  at = std::ranges::copy(text.substr(0, kWsTextChars), at).out;
  at = std::ranges::copy(row.after, at).out;
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

}  // namespace updraft::link
