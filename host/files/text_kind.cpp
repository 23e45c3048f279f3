#include "host/files/text_kind.hpp"

#include <algorithm>
#include <array>

#include "engine/format/csv_text.hpp"
#include "engine/format/partition_types.hpp"

namespace updraft::files {
namespace {

using namespace std::string_view_literals;

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (c >> 12 & 0x0F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// Characters beyond the first 65536 do not matter in what is recognised here.
std::string decode(Bytes bytes, std::size_t width, bool big) {
  std::string out;
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::uint32_t c = 0;
    for (std::size_t i = 0; i < width; ++i) {
      c |= std::uint32_t{load_u8(bytes, at + i)} << 8 * (big ? width - 1 - i : i);
    }
    append_utf8(out, c);
  }
  return out;
}

struct Mark {
  std::string_view bytes;
  std::size_t width;
  bool big;
  std::string_view encoding;
};
constexpr Mark kMarks[] = {
    {"\xFF\xFE\0\0"sv, 4, false, "UTF-32"}, {"\0\0\xFE\xFF"sv, 4, true, "UTF-32"},
    {"\xFF\xFE"sv, 2, false, "UTF-16"},     {"\xFE\xFF"sv, 2, true, "UTF-16"},
    {"\xEF\xBB\xBF"sv, 1, false, "UTF-8"},
};

// No control characters but those of lines, and well-formed where it is not ASCII; the last
// character may be cut off.
bool is_readable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
    if (control || c == 0x7F || (c >= 0x80 && c < 0xC2) || c > 0xF4) return false;
    const std::size_t more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    for (std::size_t k = 0; k < more && ++i < text.size(); ++k) {
      if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

std::string_view after_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n\f"), text.size()));
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

// :10 0100 00 ...CC: a byte count that fits the line, and the type.
bool is_intel_hex(std::string_view line) {
  if (line.size() < 11 || line[0] != ':' || line.size() % 2 == 0 || !is_hex(line.substr(1))) {
    return false;
  }
  const auto count =
      static_cast<std::size_t>(std::stoul(std::string(line.substr(1, 2)), nullptr, 16));
  return line.size() == 11 + 2 * count;
}

// S0 to S9 and a count that fits the line.
bool is_srec(std::string_view line) {
  if (line.size() < 10 || line[0] != 'S' || line[1] < '0' || line[1] > '9' ||
      !is_hex(line.substr(2))) {
    return false;
  }
  const auto count =
      static_cast<std::size_t>(std::stoul(std::string(line.substr(2, 2)), nullptr, 16));
  return line.size() == 4 + 2 * count;
}

bool is_type(std::string_view field) {
  return format::find_type(field) || format::csv::parse_number(field);
}

bool is_subtype(std::string_view field) {
  for (const auto type : {format::PartitionType::app, format::PartitionType::data}) {
    if (format::find_subtype(type, field)) return true;
  }
  return false;
}

// A row with one wrong word is a row all the same.
bool is_partition_row(std::string_view line) {
  const auto commas = std::ranges::count(line, ',');
  if (commas < 2 || commas > 6) return false;
  const format::csv::Fields fields = format::csv::split(line);
  if (fields[0].empty() || fields[0].size() > 32 || fields[0].find(' ') != fields[0].npos)
    return false;
  int signs = is_type(fields[1]) ? 1 : 0;
  if (is_subtype(fields[2])) ++signs;
  if (format::csv::parse_number(fields[4]) || format::csv::parse_number(fields[3])) ++signs;
  return signs >= 2;
}

bool is_partition_csv(std::string_view text) {
  int rows = 0, others = 0;
  while (!text.empty()) {
    const std::string_view line = format::csv::trim(format::csv::take_line(text));
    if (line.empty() || line.starts_with('#')) continue;
    ++(is_partition_row(line) ? rows : others);
  }
  return rows > others;
}

bool has_word(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

// `espefuse summary` and `espefuse dump`, as text or JSON.
bool is_efuse_text(std::string_view text) {
  return (has_word(text, "EFUSE_NAME (Block)") || has_word(text, "espefuse")) ||
         (has_word(text, "BLOCK0") && has_word(text, "read_regs:")) ||
         (text.starts_with('{') && has_word(text, "\"efuse_type\"")) ||
         (text.starts_with('{') && has_word(text, "\"bit_len\"") && has_word(text, "\"block\""));
}

}  // namespace

std::optional<DecodedText> as_text_file(Bytes file) {
  const std::string_view bytes = as_text(file);
  for (const Mark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    const Bytes rest = at_most(file.subspan(mark.bytes.size()), kTextHeadBytes);
    DecodedText text{
        mark.width == 1 ? std::string(as_text(rest)) : decode(rest, mark.width, mark.big),
        mark.encoding};
    if (is_readable(text.utf8)) return text;
    return std::nullopt;
  }
  DecodedText text{std::string(bytes.substr(0, kTextHeadBytes)), "UTF-8"};
  if (text.utf8.empty() || !is_readable(text.utf8)) return std::nullopt;
  return text;
}

Kind kind_of_text(std::string_view text) {
  text = after_blanks(text);
  std::string_view rest = text;
  const std::string_view first = rest.empty() ? rest : format::csv::take_line(rest);
  if (text.starts_with("HTTP/")) return Kind::http_reply;
  if (text.starts_with('<')) return Kind::web_page;
  if (text.starts_with("version https://git-lfs")) return Kind::git_lfs;
  if (text.starts_with("-----BEGIN ")) return Kind::pem;
  if (is_intel_hex(first)) return Kind::intel_hex;
  if (is_srec(first)) return Kind::srec;
  if (is_efuse_text(text)) return Kind::efuse_dump;
  if (text.starts_with('{') || text.starts_with('[')) return Kind::json;
  if (is_partition_csv(text)) return Kind::partition_csv;
  return Kind::text;
}

}  // namespace updraft::files
