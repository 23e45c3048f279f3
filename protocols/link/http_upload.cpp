#include "protocols/link/http_upload.hpp"

#include "engine/crypto/aes.hpp"

namespace updraft::link {

std::string_view answer_reason(std::uint16_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

std::uint16_t http_status_of(const Error& error) {
  switch (error.code) {
    case Code::auth_failed:
      return 401;
    case Code::unsigned_image:
    case Code::not_armed:
    case Code::not_wanted:
      return 403;
    case Code::timeout:
      return 408;
    case Code::too_big:
      return 413;
    case Code::locked:
      return 429;
    case Code::payload_missing:
    case Code::size_mismatch:
    case Code::protocol:
    case Code::aborted:
      return 400;
    case Code::busy:
    case Code::starting:
      return 503;
    default:
      return verdict(error.code) == Verdict::refused ? 422 : 500;
  }
}

Result<> HttpUpload::begin(const HttpRequest& request, bool proved) {
  const bool form = is_multipart(request.type);
  const std::uint64_t most = config_.most + (form ? kMultipartFrame : 0);
  Offer offer{.scheme = config_.scheme, .sender_proved = proved, .target = target_};
  if (!form && config_.decryptor == nullptr) offer.size = request.length;
  if (config_.decryptor != nullptr) {
    offer.link_encrypted = true;
    offer.padding = crypto::kAesBlock - 1;
    config_.decryptor->reset();
  }
  offer_ = offer;
  UPDRAFT_TRY(claim_.announce(offer));
  if (request.length == 0) return give_up({Code::payload_missing, Where::link});
  if (request.length > most) return give_up({Code::too_big, Where::link, request.length, most});
  if (!form) return {};
  form_.emplace(multipart_boundary(request.type));
  if (form_->state() == Multipart::State::broken) return give_up({Code::protocol, Where::link});
  return {};
}

Result<> HttpUpload::write(Bytes rx) {
  if (!form_) return rx.empty() ? Result<>{} : take(rx);
  while (!rx.empty()) {
    const Bytes file = form_->next(rx);
    if (!file.empty()) UPDRAFT_TRY(take(file));
  }
  if (form_->state() == Multipart::State::broken) return give_up({Code::protocol, Where::link});
  return {};
}

// The field stands before the file. Then the file is announced for it anew.
Result<> HttpUpload::aim_by_form() {
  if (!form_ || form_->part().empty()) return {};
  const Result<std::uint8_t> target =
      config_.targets != nullptr ? config_.targets->find_target(form_->part())
                                 : Result<std::uint8_t>(fail(Code::no_partition, Where::gate));
  if (!target) return give_up(target.error());
  offer_.target = target_ = *target;
  return claim_.announce(offer_);
}

Result<> HttpUpload::take(Bytes file) {
  if (received_ == 0) UPDRAFT_TRY(aim_by_form());
  received_ += file.size();
  if (received_ > config_.most) {
    return give_up({Code::too_big, Where::link, received_, config_.most});
  }
  if (config_.check != nullptr) config_.check->update(file);
  if (config_.decryptor == nullptr) return claim_.write(file);
  while (true) {
    const Bytes plain = config_.decryptor->next(file);
    if (plain.empty()) return {};
    UPDRAFT_TRY(claim_.write(plain));
  }
}

Result<Taken> HttpUpload::finish() {
  if (const Result<> whole = judge_end(); !whole) return give_up(whole.error()).error();
  return claim_.finish();
}

Result<> HttpUpload::judge_end() {
  const bool cut = form_ && form_->state() == Multipart::State::file;
  if (cut) return fail(Code::size_mismatch, Where::link, received_, 0);
  if (received_ == 0) return fail(Code::payload_missing, Where::link);
  if (form_ && form_->state() != Multipart::State::done) return fail(Code::protocol, Where::link);
  if (config_.decryptor != nullptr && received_ % crypto::kAesBlock != 0) {
    return fail(Code::size_mismatch, Where::link, received_,
                align_up(received_, crypto::kAesBlock));
  }
  return config_.check != nullptr ? config_.check->judge() : Result<>{};
}

void HttpUpload::abort(const Error& why) { claim_.abort(why); }

Result<> HttpUpload::give_up(const Error& why) {
  claim_.abort(why);
  return why;
}

}  // namespace updraft::link
