#include "protocols/req/req_head.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace updraft::link {
namespace {

constexpr std::string_view kTotal = "total: ";
constexpr std::string_view kLength = "length: ";
constexpr std::string_view kLineEnd = "\r\n";

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits == kReqDigits) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
  }
  if (digits == 0 || (digits > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// "total: 8000\r\n"
std::optional<std::uint64_t> take_line(std::string_view& text, std::string_view key) {
  if (!take(text, key)) return std::nullopt;
  const auto value = take_number(text);
  return take(text, kLineEnd) ? value : std::nullopt;
}

}  // namespace

Result<ReqHead> parse_req_head(std::string_view head) {
  const auto total = take_line(head, kTotal);
  const auto length = total ? take_line(head, kLength) : std::nullopt;
  if (!length || head != kLineEnd) return fail(Code::protocol, Where::link);
  const std::uint64_t most = std::min<std::uint64_t>(*total, kReqPackageBytes);
  if (*length < 1 || *length > most) return fail(Code::protocol, Where::link, *length, most);
  return ReqHead{*total, *length};
}

std::size_t write_req_head(const ReqHead& head, MutableBytes out) {
  char* const begin = reinterpret_cast<char*>(out.data());
  char* const end = begin + out.size();
  char* at = std::copy(kTotal.begin(), kTotal.end(), begin);
  at = std::to_chars(at, end, head.total).ptr;
  at = std::copy(kLineEnd.begin(), kLineEnd.end(), at);
  at = std::copy(kLength.begin(), kLength.end(), at);
  at = std::to_chars(at, end, head.length).ptr;
  at = std::copy(kReqHeadEnd.begin(), kReqHeadEnd.end(), at);
  return static_cast<std::size_t>(at - begin);
}

}  // namespace updraft::link
