#include "protocols/pull/web_questions.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/pull/web_reports.hpp"
#include "protocols/pull/web_text.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kFleetEnd = "/next";

}  // namespace

bool is_pull_id(std::string_view id) { return is_word(id, kMostPullId); }

WebQuestions::WebQuestions(std::string_view url, const FleetMember& member,
                           crypto::RandomSource random)
    : member_(member), random_(random) {
  is_fleet_ = is_pull_id(member.id) && member.updater != nullptr && url.ends_with(kFleetEnd);
}

void WebQuestions::ask(Kind kind, const ImageName& running) {
  kind_ = kind;
  size_ = 0;
  if (!is_fleet_) return;
  switch (kind) {
    case Kind::update:
      add("next?id=");
      add(member_.id);
      add("&have=");
      add(member_.signing != nullptr ? member_.signing->release() : 0);
      add("&run=");
      add_hex(running);
      add(member_.updater->pending() ? "&state=pending_verify" : "&state=valid");
      add("&keyset=");
      add(key_set());
      break;
    case Kind::key_set:
      add("keyset/");
      add(key_set() + 1);
      break;
    case Kind::token:
      random_(nonce_);
      add("fresh?id=");
      add(member_.id);
      add("&nonce=");
      add_hex(nonce_);
      break;
    case Kind::report:
      add(kReportName);
      break;
  }
}

std::uint64_t WebQuestions::key_set() const {
  return member_.signing != nullptr ? member_.signing->key_set() : 0;
}

bool WebQuestions::takes_tokens() const {
  return is_fleet_ && member_.signing != nullptr && !member_.updater->in_session() &&
         member_.signing->takes_tokens();
}

bool WebQuestions::token_is_due(Instant now) const {
  return (!token_asked_ || now - *token_asked_ >= kFreshEvery) && takes_tokens();
}

void WebQuestions::started(Instant now) {
  if (!fresh_) fresh_ = now;
}

bool WebQuestions::becomes_stale(Instant now) {
  if (told_stale_ || !fresh_ || now - *fresh_ < kStaleAfter || !takes_tokens()) return false;
  told_stale_ = true;
  return true;
}

void WebQuestions::add(std::string_view text) {
  const std::string_view fits = text.substr(0, text_.size() - size_);
  std::ranges::copy(fits, text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += fits.size();
}

void WebQuestions::add(std::uint64_t number) {
  char* const from = text_.data() + size_;
  size_ = static_cast<std::size_t>(std::to_chars(from, text_.data() + text_.size(), number).ptr -
                                   text_.data());
}

void WebQuestions::add_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::byte each : bytes) {
    const auto value = std::to_integer<unsigned>(each);
    add(kDigits.substr(value >> 4, 1));
    add(kDigits.substr(value & 15u, 1));
  }
}

}  // namespace updraft::link
