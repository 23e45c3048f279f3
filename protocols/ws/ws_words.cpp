#include "protocols/ws/ws_words.hpp"

#include <algorithm>
#include <charconv>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

// The text before and after the number or text; a message without one is all in `before`.
struct Row {
  std::string_view before, after;
  bool hex = false;  // the number as 16 digits, the lowest byte first
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
    {R"({"name":"otaSize","value":)", "}"},
    {R"({"name":"otaRestartEsp","value":"restart"})", {}},
    {R"({"name":"otaCancel","value":"Cancel"})", {}},
    {R"({"name":"otaProcessRollback","value":"false"})", {}},
    {R"({"name":"otaProcessRollback","value":"true"})", {}},
    {R"({"name":"otaForce","value":"true"})", {}},
    {R"({"name":"otaRetry","value":")", R"("})", true},
    {R"({"name":"otaRestartInto","value":")", R"("})"},
};
// clang-format on

constexpr std::size_t kDigits = 16;  // and no text is longer

constexpr bool all_fit() {
  return std::ranges::all_of(kRows, [](const Row& row) {
    return row.before.size() + kDigits + row.after.size() <= kWsWordBytes;
  });
}
static_assert(all_fit());

char* write_name(std::uint64_t number, char* at) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    at = std::ranges::copy(HexByte(static_cast<std::byte>(number >> shift & 0xff)).view(), at).out;
  }
  return at;
}

}  // namespace

std::string_view ws_message(WsWord word, std::uint64_t number, std::span<char, kWsWordBytes> room) {
  const Row& row = kRows[static_cast<std::size_t>(word)];
  char* at = std::ranges::copy(row.before, room.data()).out;
  if (!row.after.empty()) {
    at = row.hex ? write_name(number, at) : std::to_chars(at, at + kDigits, number).ptr;
    at = std::ranges::copy(row.after, at).out;
  }
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

std::string_view ws_message(WsWord word, std::string_view text,
                            std::span<char, kWsWordBytes> room) {
  const Row& row = kRows[static_cast<std::size_t>(word)];
  char* at = std::ranges::copy(row.before, room.data()).out;
  at = std::ranges::copy(text.substr(0, kDigits), at).out;
  at = std::ranges::copy(row.after, at).out;
  return {room.data(), static_cast<std::size_t>(at - room.data())};
}

}  // namespace updraft::link
