#include "protocols/form/form_page.hpp"

#include "engine/core/hex.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::link {
namespace {

constexpr std::size_t kElfDigits = 31;  // of the digest, as the original shows it

constexpr std::string_view kScript =
    "for(const f of document.forms)f.onsubmit=()=>confirm(f.title)";

void line(HttpText& out, std::string_view label) { out.add("<b>").add(label).add(":</b> "); }

void add_hex(HttpText& out, Bytes bytes, std::string_view between) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out.add(between);
    out.add(HexByte(bytes[i]).view());
  }
}

}  // namespace

std::string_view form_page_policy() {
  return "default-src 'none'; script-src 'sha256-2yDJGFwm0BxYAjsc+rw/sEMvKkVhtNY5SvTW8knsFdA='; "
         "img-src data:; base-uri 'none'; "
         "form-action 'self'; frame-ancestors 'none'";
}

std::string_view write_form_page(const Status& status, const FormFacts& facts,
                                 std::span<char> room) {
  HttpText out(room);
  out.add(
      "<!DOCTYPE html><html><head><title>ESP32 Generic OTA</title>"
      "<link rel=\"icon\" href=\"data:,\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta charset=\"utf-8\"></head><body><h2>Current Device info</h2>");
  line(out, "WiFi STA MAC");
  if (facts.mac) add_hex(out, *facts.mac, ":");
  out.add("<br>");
  line(out, "Free RAM");
  out.add(facts.free_ram).add("B<br>");
  line(out, "UP-Time");
  out.add(static_cast<std::uint64_t>(status.uptime.count())).add("ms<br>");
  line(out, "APP SHA-256");
  std::array<char, 2 * sizeof status.running.digest> hex;
  write_hex(status.running.digest, std::as_writable_bytes(std::span(hex)));
  out.add({hex.data(), kElfDigits}).add("<br>");
  line(out, "APP Version");
  out.escaped(status.running.app.version.view()).add("<br>");
  line(out, "IDF Version");
  out.escaped(status.running.app.idf_ver.view()).add("<br>");
  line(out, "Current APP");
  out.escaped(status.slot.view()).add("<br><br><h2>Update</h2>");
  out.add(
      "<form enctype=\"multipart/form-data\" action=\"/upload\" method=\"post\" title=\"Confirm?\">"
      "<input type=\"file\" name=\"file\" accept='.bin'> "
      "<input type=\"submit\" value=\"Send file\"></form>"
      "<h2>Factory reset</h2>"
      "<form action=\"/factory\" method=\"post\" title=\"Factory reset?\">"
      "<input type=\"submit\" value=\"Start\"></form><script>");
  return out.add(kScript).add("</script></body></html>\r\n").view();
}

}  // namespace updraft::link
