#include "host/dump/efuse_summary.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include <boost/json/parse.hpp>

namespace updraft::dump {
namespace {

using Fields = std::map<std::string, std::string>;

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool is_field_name(std::string_view word) {
  return !word.empty() &&
         word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == word.npos;
}

std::string text_of(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "1" : "0";
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  return {};
}

Fields from_json(std::string_view text) {
  Fields fields;
  boost::system::error_code none;
  const boost::json::value json = boost::json::parse(text, none);
  if (none || !json.is_object()) return fields;
  for (const auto& [name, field] : json.get_object()) {
    if (fields.size() == kMaxEfuseFields || !field.is_object()) break;
    if (const auto* const value = field.get_object().if_contains("value")) {
      fields[std::string(name)] = text_of(*value);
    }
  }
  return fields;
}

// "NAME (BLOCK1)   what it is   = value R/W (0b00)"; a long value stands in the line below.
Fields from_text(std::string_view text) {
  Fields fields;
  std::string name;
  while (!text.empty() && fields.size() < kMaxEfuseFields) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view first = line.substr(0, line.find(' '));
    if (is_field_name(first) && line.find("(BLOCK") != line.npos) name = first;
    const std::size_t equals = line.find(" = ");
    if (name.empty() || equals == line.npos) continue;
    std::string_view value = trimmed(line.substr(equals + 3));
    for (const std::string_view rights : {" R/W", " R/-", " -/W", " -/-"}) {
      value = value.substr(0, value.find(rights));
    }
    fields[std::exchange(name, {})] = value;
  }
  return fields;
}

std::optional<std::uint32_t> number(const Fields& fields, const char* name) {
  const auto it = fields.find(name);
  if (it == fields.end()) return std::nullopt;
  std::string_view text = it->second;
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0b") ? 2 : 10;
  if (base != 10) text.remove_prefix(2);
  if (text == "True" || text == "true") return 1;
  if (text == "False" || text == "false") return 0;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end != text.data() ? std::optional(value) : std::nullopt;
}

std::optional<std::uint16_t> revision(const Fields& fields, const char* major, const char* minor) {
  const auto high = number(fields, major), low = number(fields, minor);
  if (!high || !low || *high > 600 || *low > 99) return std::nullopt;
  return static_cast<std::uint16_t>(*high * 100 + *low);
}

bool is_set(const Fields& fields, const char* name) {
  return number(fields, name).value_or(0) != 0;
}

// "Disable", "Enable" or the count itself: an odd number of bits switches it on.
bool is_odd(const Fields& fields, const char* name) {
  const auto it = fields.find(name);
  if (it == fields.end()) return false;
  if (it->second.starts_with("Enable")) return true;
  return std::popcount(number(fields, name).value_or(0)) % 2 == 1;
}

std::string digest_of(std::string_view text) {
  std::string digest;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) digest += c;
  }
  return digest;
}

std::vector<std::string> key_digests(const Fields& fields) {
  std::vector<std::string> digests;
  for (int i = 0; i < 6; ++i) {
    const auto purpose = fields.find("KEY_PURPOSE_" + std::to_string(i));
    if (purpose == fields.end() || !purpose->second.starts_with("SECURE_BOOT_DIGEST")) continue;
    const auto key = fields.find("BLOCK_KEY" + std::to_string(i));
    if (key != fields.end()) digests.push_back(digest_of(key->second));
  }
  return digests;
}

}  // namespace

std::optional<EfuseSummary> read_efuse_summary(std::string_view text) {
  EfuseSummary summary;
  const std::size_t brace = text.find('{');
  if (brace != text.npos) summary.fields = from_json(text.substr(brace));
  if (summary.fields.empty()) summary.fields = from_text(text);
  if (summary.fields.empty()) return std::nullopt;
  const Fields& fields = summary.fields;
  summary.chip_revision = revision(fields, "WAFER_VERSION_MAJOR", "WAFER_VERSION_MINOR");
  summary.block_revision = revision(fields, "BLK_VERSION_MAJOR", "BLK_VERSION_MINOR");
  summary.ignore_max_revision = is_set(fields, "DISABLE_WAFER_VERSION_MAJOR");
  summary.secure_version =
      static_cast<std::uint32_t>(std::popcount(number(fields, "SECURE_VERSION").value_or(0)));
  summary.flash_encryption =
      is_odd(fields, "SPI_BOOT_CRYPT_CNT") || is_odd(fields, "FLASH_CRYPT_CNT");
  summary.secure_boot = is_set(fields, "SECURE_BOOT_EN") || is_set(fields, "ABS_DONE_0") ||
                        is_set(fields, "ABS_DONE_1");
  summary.key_digests = key_digests(fields);
  return summary;
}

}  // namespace updraft::dump
