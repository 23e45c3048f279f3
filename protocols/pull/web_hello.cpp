#include "protocols/pull/web_hello.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"
#include "engine/suit/cbor_reader.hpp"
#include "protocols/pull/web_text.hpp"

namespace updraft::link {
namespace {

// Of a version and of a project: 32 characters, each of which may need another one before it.
constexpr std::string_view kLongest =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

bool is_text(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::none_of(text, is_control) &&
         suit::is_utf8(as_bytes(text));
}

void add_string(HttpText& out, std::string_view text) {
  const bool readable = suit::is_utf8(as_bytes(text));
  out.add("\"");
  for (const char c : text) {
    const bool shown = !is_control(c) && (readable || static_cast<unsigned char>(c) < 0x80);
    if (c == '"' || c == '\\') out.add("\\");
    out.add(shown ? std::string_view(&c, 1) : ".");
  }
  out.add("\"");
}

void add_member(HttpText& out, std::string_view name, std::string_view text) {
  out.add(",\"").add(name).add("\":");
  add_string(out, text);
}

}  // namespace

std::string_view fault_of(std::string_view time_zone, std::span<const WebAttribute> attributes,
                          std::span<char> room) {
  if (attributes.size() > kMostAttributes) return "there are more than 32 attributes";
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const WebAttribute& each = attributes[i];
    if (!is_word(each.name, kMostAttributeName))
      return "the name of an attribute is 1 to 64 of A-Z a-z 0-9 . _ -";
    if (!is_text(each.value, kMostAttributeValue)) {
      return "the value of an attribute is up to 128 bytes of text in one line, in UTF-8";
    }
    const auto before = attributes.first(i);
    if (std::ranges::find(before, each.name, &WebAttribute::name) != before.end()) {
      return "two attributes have the same name";
    }
  }
  if (!is_text(time_zone, kMostTimeZone)) return "a time zone is a name like Europe/Berlin";
  HttpText out(room.first(kMostHelloBytes));
  write_hello({.version = kLongest,
               .project = kLongest,
               .chip = kLongest.substr(0, 16),
               .slot_bytes = UINT32_MAX,
               .inflates = true,
               .patches = true,
               .time_zone = time_zone,
               .attributes = attributes},
              out);
  return out.full() ? "all attributes together are longer than a report, of 2 KB, has room for"
                    : "";
}

void write_hello(const WebHello& hello, HttpText& out) {
  out.add("\"event\":\"hello\"");
  add_member(out, "version", hello.version);
  add_member(out, "project", hello.project);
  add_member(out, "chip", hello.chip);
  out.add(",\"slot_size\":").add(hello.slot_bytes).add(",\"codecs\":[\"plain\"");
  if (hello.inflates) out.add(",\"zlib\"");
  if (hello.patches) out.add(",\"delta\"");
  out.add("]");
  if (!hello.time_zone.empty()) add_member(out, "tz", hello.time_zone);
  out.add(",\"attrs\":{");
  for (const WebAttribute& each : hello.attributes) {
    if (&each != hello.attributes.data()) out.add(",");
    add_string(out, each.name);
    out.add(":");
    add_string(out, each.value);
  }
  out.add("}}");
}

HelloMark mark_of_hello(std::string_view written) {
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes(written));
  HelloMark mark;
  std::ranges::copy(Bytes(digest).first(mark.size()), mark.begin());
  return mark;
}

}  // namespace updraft::link
