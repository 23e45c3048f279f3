#include "host/push/form_push.hpp"

#include <algorithm>

#include "engine/crypto/aes.hpp"
#include "host/desk/printable.hpp"
#include "host/push/upload_form.hpp"

namespace updraft::host {
namespace {

constexpr std::string_view kDone = "OTA OK, restarting...";

Result<> judge(const HttpHeard& heard, const std::string& said) {
  if (said.find(kDone) != said.npos) return {};
  if (heard.status == 401) return fail(Code::auth_failed, Where::device);
  if (heard.status == 429) return fail(Code::locked, Where::device);
  if (!heard.outcome) return heard.outcome;
  if (!said.empty()) return fail(Code::not_wanted, Where::device);
  return fail(Code::http_status, Where::link, heard.status);
}

// In place; the last block is filled up with FF, as erased flash is.
void seal(std::vector<std::byte>& file, const link::LinkCipher& cipher) {
  file.resize(static_cast<std::size_t>(align_up(file.size(), crypto::kAesBlock)), std::byte{0xFF});
  crypto::Aes256 aes(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv);
  aes.process(file, file);
}

}  // namespace

std::string form_outcome(const std::string& body) {
  std::string text;
  bool mark = false;
  const std::size_t head = body.find("<body");
  for (const char c : std::string_view(body).substr(std::min(head, body.size()))) {
    if (c == '\0') continue;  // the original ends each of its texts with one
    if (c == '<') mark = true;
    if (!mark && c >= ' ') text += c;
    if (c == '>') {
      mark = false;
      if (!text.empty() && text.back() != ' ') text += ' ';
    }
  }
  constexpr std::string_view kRefresh = "Auto-refresh in 20sec...";
  if (const std::size_t at = text.find(kRefresh); at != text.npos) {
    text.erase(0, at + kRefresh.size());
  } else {
    text.clear();  // no answer of such a device
  }
  while (text.starts_with(' ')) text.erase(0, 1);
  while (text.ends_with(' ')) text.pop_back();
  return printable(text);
}

Ended FormPush::push(const PushTo& to, Payload& payload) {
  Ended ended;
  std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  if (cipher) seal(whole, *cipher);
  HttpClient client(to, trust, login);
  const auto sends = chosen(client, to, kStatusPath, whole, ended);
  if (sends) {
    const HttpHeard heard = post_form(client, "/upload", *sends, to.wait, target);
    const std::string said = heard.status == 0 ? "" : form_outcome(heard.body);
    ended.outcome = judge(heard, said);
    if (!ended.outcome) ended.refusal = said;
    if (ended.outcome) ended.reached = Reached::sent;
    ended.sent = heard.sent;
    ask_why(client, kStatusPath, ended);
    if (target.empty()) follow(client, to, kStatusPath, ended);
  }
  client.close(ended);
  return ended;
}

}  // namespace updraft::host
