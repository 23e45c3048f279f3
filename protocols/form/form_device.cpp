#include "protocols/form/form_device.hpp"

namespace updraft::link {
namespace {

constexpr std::uint32_t kInvalidArgument = 0x102, kInvalidState = 0x103, kInvalidSize = 0x104,
                        kImageInvalid = 0x1503, kStatePending = 0x1506;

constexpr std::string_view kHead =
    "<!DOCTYPE html><html><head><title>ESP32 Generic OTA</title>"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta http-equiv=\"refresh\" content=\"20; url=/\"><meta charset=\"utf-8\"></head>"
    "<body><b>Auto-refresh in 20sec...</b><br><br>";
constexpr std::string_view kTail = "</body></html>\r\n";

}  // namespace

std::uint32_t esp_error_of(const Error& error) {
  switch (error.code) {
    case Code::pending_confirm:
      return kStatePending;
    case Code::too_big:
      return kInvalidSize;
    case Code::payload_missing:
      return kInvalidArgument;
    case Code::not_an_image:
    case Code::not_an_app:
    case Code::malformed:
    case Code::wrong_chip:
    case Code::wrong_revision:
    case Code::wrong_product:
    case Code::wrong_key:
    case Code::bad_checksum:
    case Code::bad_hash:
    case Code::size_mismatch:
    case Code::image_mismatch:
      return kImageInvalid;
    default:
      return kInvalidState;
  }
}

void FormDevice::on_request(const HttpRequest& request, Instant now) {
  if (const auto away = turn_away(config_.login, request, now, challenge_)) {
    if (away->guessed) intake_.never_began(kForm, away->why);
    say("", away->status, &away->why);
    return away->mark(*answer_);
  }
  factory_ = request.path() == "/factory";
  if (factory_) {  // a form sends an empty body, or none
    const Error why{Code::too_big, Where::link, request.length, kMultipartFrame};
    if (request.length > kMultipartFrame) say("", http_status_of(why), &why);
    return;
  }
  const Result<> begun = upload_.begin(request, config_.login != nullptr);
  if (!begun) fail_at(Step::begin, begun.error());
}

void FormDevice::on_body(Bytes rx, Instant) {
  if (answer_ || factory_) return;
  const Result<> taken = upload_.write(rx);
  if (!taken) fail_at(upload_.reached() ? Step::write : Step::begin, taken.error());
}

void FormDevice::on_end(Instant) {
  if (answer_) return;
  if (factory_) return go_to_factory();
  const Result<Taken> result = upload_.finish();
  if (!result) return fail_at(Step::end, result.error());
  took_ = true;
  say("OTA OK, restarting...", 200);
}

void FormDevice::on_cut(const Error& why) {
  if (answer_) return;
  upload_.abort(why);
  fail_at(upload_.reached() ? Step::write : Step::begin, why);
}

// Decided by the same gate as an update: who may have nothing installed restarts nothing.
void FormDevice::go_to_factory() {
  const Result<> may = config_.login != nullptr ? Result<>{} : steering_.may_decide(kForm);
  const Result<> chosen = may ? steering_.restart_into(config_.factory) : may;
  if (chosen) {
    restarts_ = true;
    return say("Sucess! Restarting to factory APP...", 200);
  }
  const Error why = chosen.error();
  if (why.code == Code::no_other_image) {
    return say("Fail to find factory partition, restarting...", http_status_of(why), &why);
  }
  std::array<char, 64> text;
  HttpText out(text);
  out.add("Fail to set factory partition [0x").add(esp_error_of(why), 16).add("]");
  say(out.view(), http_status_of(why), &why);
}

void FormDevice::fail_at(Step step, const Error& why) {
  const bool no_file = why.code == Code::payload_missing && !upload_.found_file();
  if (no_file) return say("Fail to find start of file", http_status_of(why), &why);
  constexpr std::array<std::string_view, 3> kSteps = {"begin", "write", "end"};
  std::array<char, 48> text;
  HttpText out(text);
  out.add("OTA ").add(kSteps[static_cast<std::size_t>(step)]).add(" fail [0x");
  out.add(esp_error_of(why), 16).add("]");
  say(out.view(), http_status_of(why), &why);
}

// What the original says, then the reason in ours.
void FormDevice::say(std::string_view text, std::uint16_t status, const Error* why) {
  HttpText out(room_);
  out.add(kHead).add(text);
  if (why != nullptr && !config_.strict) {
    out.add("<br><br>").add(name(why->code)).add(": ").escaped(sentence(*why));
  }
  out.add(kTail);
  answer_ = {.status = config_.strict && status != 401 ? std::uint16_t{200} : status,
             .type = "text/html",
             .body = out.view()};
}

}  // namespace updraft::link
