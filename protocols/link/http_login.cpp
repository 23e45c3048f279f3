#include "protocols/link/http_login.hpp"

#include <algorithm>
#include <charconv>

#include "engine/core/hex.hpp"
#include "engine/crypto/digest.hpp"
#include "protocols/link/header_text.hpp"

namespace updraft::link {
namespace {

// A text put together in a buffer; what does not fit is left out, and nothing fits it.
template <std::size_t N>
class Joined {
 public:
  Joined& add(std::string_view text) {
    fits_ = fits_ && text.size() <= N - size_;
    if (fits_) size_ += text.copy(chars_.data() + size_, text.size());
    return *this;
  }
  bool fits() const { return fits_; }
  std::string_view view() const { return {chars_.data(), size_}; }

 private:
  std::array<char, N> chars_{};
  std::size_t size_ = 0;
  bool fits_ = true;
};

using HexDigest = std::array<char, 32>;

HexDigest md5_hex(std::string_view text) {
  HexDigest hex;
  write_hex(crypto::md5(as_bytes(text)), std::as_writable_bytes(std::span(hex)));
  return hex;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::uint64_t milliseconds(Instant now) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<Millis>(now.time_since_epoch()).count());
}

// A scheme's word and the rest, for "Digest ..." or "basic ...".
std::optional<std::string_view> credentials_of(std::string_view field, std::string_view scheme) {
  if (field.size() <= scheme.size() || field[scheme.size()] != ' ') return std::nullopt;
  if (!same_word(field.substr(0, scheme.size()), scheme)) return std::nullopt;
  return trimmed(field.substr(scheme.size()));
}

}  // namespace

std::optional<std::size_t> basic_password(std::string_view credentials, MutableBytes room) {
  while (credentials.ends_with('=')) credentials.remove_suffix(1);
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t user = 0, size = 0;
  bool colon = false;
  for (const char c : credentials) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const auto byte = static_cast<std::byte>(bits >> held & 0xff);
    if (!colon) {
      colon = byte == std::byte{':'};
      if (++user > kHttpUserBytes + 1) return std::nullopt;
    } else {
      if (size == room.size()) return std::nullopt;
      room[size++] = byte;
    }
  }
  if (!colon) return std::nullopt;
  return size;
}

crypto::Md5Digest digest_response(const DigestAnswer& given, std::string_view password,
                                  std::string_view method) {
  Joined<kHttpUserBytes + kHttpPasswordBytes + 64> first;
  first.add(given.user).add(":").add(given.realm).add(":").add(password);
  Joined<1024> second;
  second.add(method).add(":").add(given.uri);
  const HexDigest ha1 = md5_hex(first.view()), ha2 = md5_hex(second.view());
  Joined<512> all;
  all.add({ha1.data(), ha1.size()}).add(":").add(given.nonce).add(":").add(given.nc).add(":");
  all.add(given.cnonce).add(":auth:").add({ha2.data(), ha2.size()});
  if (first.fits() && second.fits() && all.fits()) return crypto::md5(as_bytes(all.view()));
  return {};  // of nothing: MD5 gives that to nobody who is known
}

HttpLogin::HttpLogin(LoginGuards& guards, const Config& config) : guards_(guards), config_(config) {
  std::array<std::byte, 32> random;
  config.random(random);
  secret_ = crypto::Secret<32>(random);
  crypto::wipe(random);
}

HttpLogin::Verdict HttpLogin::judge(const HttpRequest& request, Instant now) {
  if (guards_.locked(request.from, now)) return Verdict::locked;
  if (request.authorization.empty()) return Verdict::asked;
  if (now < guards_.opens_at(request.from)) return Verdict::wait;
  switch (look(request, now)) {
    case Fit::right:
      guards_.on_success(request.from, now);
      return Verdict::passed;
    case Fit::wrong:
      guards_.on_failure(request.from, now);
      return Verdict::wrong;
    case Fit::stale:
      return Verdict::stale;
    case Fit::none:
      break;
  }
  return Verdict::asked;
}

// Basic in clear is not looked at where it is not asked for: the client hears that it should not.
HttpLogin::Fit HttpLogin::look(const HttpRequest& request, Instant now) {
  if (const auto digest_text = credentials_of(request.authorization, "digest")) {
    return digest(*digest_text, request, now);
  }
  const auto basic_text = credentials_of(request.authorization, "basic");
  return basic_text && takes_basic(request) ? basic(*basic_text) : Fit::none;
}

// Digests of both are compared, so that a longer password is no longer comparison.
HttpLogin::Fit HttpLogin::basic(std::string_view credentials) const {
  std::array<std::byte, kHttpPasswordBytes> room{};
  const auto size = basic_password(credentials, room);
  const Bytes given = Bytes(room).first(size.value_or(0));
  const bool right =
      crypto::ct_equal(crypto::sha256(given), crypto::sha256(as_bytes(config_.password)));
  crypto::wipe(room);
  return size && right ? Fit::right : Fit::wrong;
}

HttpLogin::Fit HttpLogin::digest(std::string_view parameters, const HttpRequest& request,
                                 Instant now) {
  DigestAnswer given;
  std::string_view response, qop;
  HeaderParameters list(parameters, ',');
  const std::pair<std::string_view, std::string_view*> wanted[] = {
      {"username", &given.user}, {"realm", &given.realm},
      {"nonce", &given.nonce},   {"nc", &given.nc},
      {"uri", &given.uri},       {"cnonce", &given.cnonce},
      {"response", &response},   {"qop", &qop}};
  while (const auto parameter = list.next()) {
    for (const auto& [word, text] : wanted) {
      if (same_word(parameter->name, word)) *text = parameter->value;
    }
  }
  std::array<std::byte, kHttpNonceBytes> made{}, right{};
  if (!read_hex(given.nonce, made)) return Fit::stale;
  right = made;
  seal(right);
  const std::uint64_t time = load_be(Bytes(made).first(8));
  const bool ours = crypto::ct_equal(made, right) && time <= milliseconds(now);
  if (!ours || milliseconds(now) - time > static_cast<std::uint64_t>(kHttpNonceMs.count())) {
    return Fit::stale;
  }
  std::array<std::byte, 4> count{};
  crypto::Md5Digest answered{};
  const bool form = read_hex(given.nc, count) && read_hex(response, answered) && qop == "auth" &&
                    given.uri.ends_with(request.target) && given.realm == config_.realm &&
                    given.user.size() <= kHttpUserBytes && given.cnonce.size() <= 128 &&
                    config_.password.size() <= kHttpPasswordBytes;
  if (!form) return Fit::wrong;
  const crypto::Md5Digest wants = digest_response(given, config_.password, request.method);
  if (!crypto::ct_equal(answered, wants)) return Fit::wrong;
  return use(Bytes(made).first(16), static_cast<std::uint32_t>(load_be(count)));
}

// Each count once, and never a lower one.
HttpLogin::Fit HttpLogin::use(Bytes id, std::uint32_t count) {
  const auto known = std::ranges::find_if(
      used_, [&](const Nonce& one) { return one.count != 0 && crypto::ct_equal(one.id, id); });
  if (known != used_.end()) {
    if (count <= known->count) return Fit::stale;
    known->count = count;
    return Fit::right;
  }
  const auto time_of = [](const Nonce& one) {
    return one.count == 0 ? 0 : load_be(Bytes(one.id).first(8));
  };
  if (count == 0 || load_be(id.first(8)) < oldest_) return Fit::stale;
  Nonce& place = *std::ranges::min_element(used_, {}, time_of);
  if (place.count != 0) oldest_ = std::max(oldest_, time_of(place) + 1);
  std::ranges::copy(id, place.id.begin());
  place.count = count;
  return Fit::right;
}

void HttpLogin::seal(MutableBytes nonce) const {
  const crypto::Secret<32> mac = crypto::hmac_sha256(secret_.reveal(), nonce.first(16));
  std::ranges::copy(mac.reveal().first(8), nonce.subspan(16).begin());
}

std::string_view HttpLogin::challenge(const HttpRequest& request, Verdict verdict, Instant now,
                                      std::span<char> room) const {
  Joined<kHttpChallengeBytes> text;
  if (takes_basic(request)) {
    text.add("Basic realm=\"").add(config_.realm).add("\", charset=\"UTF-8\"");
  } else {
    std::array<std::byte, kHttpNonceBytes> made{};
    store_be(MutableBytes(made).first(8), milliseconds(now));
    config_.random(MutableBytes(made).subspan(8, 8));
    seal(made);
    std::array<char, 2 * kHttpNonceBytes> hex;
    write_hex(made, std::as_writable_bytes(std::span(hex)));
    text.add("Digest realm=\"").add(config_.realm).add("\", qop=\"auth\", algorithm=MD5, nonce=\"");
    text.add({hex.data(), hex.size()}).add("\"");
    if (verdict == Verdict::stale) text.add(", stale=true");
  }
  return {room.data(), text.view().copy(room.data(), room.size())};
}

void HttpTurnedAway::mark(HttpAnswer& answer) const {
  answer.status = status;
  answer.challenge = challenge;
  answer.retry_after = retry_after;
}

std::optional<HttpTurnedAway> turn_away(HttpLogin* login, const HttpRequest& request, Instant now,
                                        std::span<char> room) {
  using Verdict = HttpLogin::Verdict;
  const Verdict verdict = login == nullptr ? Verdict::passed : login->judge(request, now);
  const auto seconds = [](Millis time) { return static_cast<unsigned>(time / Millis{1000}); };
  switch (verdict) {
    case Verdict::passed:
      break;
    case Verdict::wait:
      return HttpTurnedAway{
          {Code::auth_failed, Where::link}, false, 429, {}, seconds(kLoginDelayMs)};
    case Verdict::locked:
      return HttpTurnedAway{{Code::locked, Where::link}, false, 429, {}, seconds(kLoginLockMs)};
    case Verdict::asked:
    case Verdict::stale:
    case Verdict::wrong:
      return HttpTurnedAway{{Code::auth_failed, Where::link},
                            verdict == Verdict::wrong,
                            401,
                            login->challenge(request, verdict, now, room),
                            0};
  }
  return std::nullopt;
}

}  // namespace updraft::link
