#include "protocols/elegant/elegant_device.hpp"

#include <algorithm>

#include "engine/core/hex.hpp"
#include "engine/crypto/secret.hpp"
#include "protocols/link/header_text.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::link {
namespace {
constexpr std::string_view kPlain = "text/plain";
}

void ElegantStarts::begin(Origin from, const Start& start, Instant now) {
  Place* place = std::ranges::find_if(places_, [&](const Place& one) { return one.from == from; });
  if (place == places_.end() || place->until == Instant::min()) {
    place = std::ranges::min_element(places_, {}, &Place::until);
  }
  *place = {.from = from, .until = now + kElegantStartMs, .start = start};
}

std::optional<ElegantStarts::Start> ElegantStarts::of(Origin from, Instant now) const {
  for (const Place& place : places_) {
    if (place.from == from && now <= place.until) return place.start;
  }
  return std::nullopt;
}

void ElegantStarts::end(Origin from) {
  for (Place& place : places_) {
    if (place.from == from) place.until = Instant::min();
  }
}

void ElegantDevice::on_request(const HttpRequest& request, Instant now) {
  if (const auto away = turn_away(config_.login, request, now, challenge_)) {
    if (away->guessed) intake_.never_began(kElegant, away->why);
    refuse(away->why);
    return away->mark(*answer_);
  }
  if (request.method == "GET") return start(request, now);
  const auto started = starts_.of(request.from, now);
  if (!started) return refuse("Start the update first: GET /ota/start");
  from_ = request.from;
  announced_ = started->file;
  upload_.aim(started->target);
  const Result<> begun = upload_.begin(request, config_.login != nullptr);
  if (!begun) refuse(begun.error());
}

// Takes nothing: it says whether an upload would be let in.
void ElegantDevice::start(const HttpRequest& request, Instant now) {
  ElegantStarts::Start wanted;
  HeaderParameters query(request.query(), '&');
  while (const auto parameter = query.next()) {
    if (parameter->name == "mode" && parameter->value == "fs") {
      Result<std::uint8_t> target = fail(Code::no_partition, Where::gate);
      if (config_.targets != nullptr) target = config_.targets->find_target("fs");
      const bool none = !target && target.error().code == Code::no_partition;
      if (none) return refuse("This device has no file system to update");
      if (!target) return refuse(target.error());
      wanted.target = *target;
    }
    if (parameter->name != "hash" || parameter->value.empty()) continue;
    if (!read_hex(parameter->value, wanted.file.emplace())) return refuse("MD5 parameter invalid");
  }
  const Offer offer{
      .scheme = kElegant, .sender_proved = config_.login != nullptr, .target = wanted.target};
  if (const Result<> welcome = intake_.welcome(offer); !welcome) return refuse(welcome.error());
  starts_.begin(request.from, wanted, now);
  answer_ = {.status = 200, .type = kPlain, .body = "OK"};
}

void ElegantDevice::on_body(Bytes rx, Instant) {
  if (answer_) return;
  if (const Result<> taken = upload_.write(rx); !taken) refuse(taken.error());
}

void ElegantDevice::on_end(Instant) {
  if (answer_) return;
  starts_.end(from_);
  const Result<Taken> result = upload_.finish();
  if (!result) return refuse(result.error());
  took_ = true;
  answer_ = {.status = 200, .type = kPlain, .body = "OK"};
}

void ElegantDevice::on_cut(const Error& why) {
  if (answer_) return;
  upload_.abort(why);
  refuse(why);
}

void ElegantDevice::update(Bytes bytes) {
  if (announced_) md5_.update(bytes);
}

// An MD5 finds what was damaged on the way, and nothing else: the next try may go well.
Result<> ElegantDevice::judge() {
  damaged_ = announced_ && !crypto::ct_equal(md5_.finish(), *announced_);
  if (damaged_) return fail(Code::chunk_mismatch, Where::link);
  return {};
}

void ElegantDevice::refuse(const Error& why) {
  if (damaged_) return refuse("The file arrived damaged: its MD5 is another; send it again");
  refuse(sentence(why), why.code == Code::too_big ? 413 : 400);
}

void ElegantDevice::refuse(std::string_view reason, std::uint16_t status) {
  HttpText out(room_);
  out.add(reason).add("\n");
  answer_ = {.status = status, .type = kPlain, .body = out.view()};
}

}  // namespace updraft::link
