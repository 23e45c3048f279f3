#include "protocols/http/http_device.hpp"

#include "protocols/link/http_text.hpp"

namespace updraft::link {

std::string_view write_http_result(const Result<Taken>& result, std::span<char> room) {
  HttpText out(room);
  if (result) {
    const bool current = *result == Taken::current;
    out.add("{\"result\":\"").add(current ? "current" : "ok").add("\",\"message\":\"");
    out.add(current ? "Nothing has to restart: that runs already, or it was a KeySet."
                    : "Installed and verified; the device restarts into it.");
    return out.add("\"}\n").view();
  }
  const Error& why = result.error();
  out.add("{\"result\":\"").add(verdict(why.code) == Verdict::refused ? "refused" : "failed");
  out.add("\",\"code\":\"").add(name(why.code)).add("\",\"message\":\"").add(sentence(why));
  out.add("\",\"found\":").add(why.found).add(",\"expected\":").add(why.expected);
  return out.add("}\n").view();
}

void HttpDevice::on_request(const HttpRequest& request, Instant now) {
  if (!log_in(request, now)) return;
  const Result<> begun = upload_.begin(request, config_.login != nullptr);
  if (!begun) say(begun.error());
}

bool HttpDevice::log_in(const HttpRequest& request, Instant now) {
  const std::optional<HttpTurnedAway> away = turn_away(config_.login, request, now, challenge_);
  if (!away) return true;
  if (away->guessed) intake_.never_began(config_.scheme, away->why);
  say(away->why);
  away->mark(*answer_);
  return false;
}

void HttpDevice::on_body(Bytes rx, Instant) {
  if (answer_) return;
  if (const Result<> taken = upload_.write(rx); !taken) say(taken.error());
}

void HttpDevice::on_end(Instant) {
  if (!answer_) say(upload_.finish());
}

void HttpDevice::on_cut(const Error& why) {
  if (answer_) return;
  upload_.abort(why);
  say(why);
}

void HttpDevice::say(const Result<Taken>& result) {
  took_ = result.has_value();
  answer_ = {.status = result ? std::uint16_t{200} : http_status_of(result.error()),
             .type = "application/json",
             .body = write_http_result(result, json_)};
}

}  // namespace updraft::link
