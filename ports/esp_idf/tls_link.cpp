#include "ports/esp_idf/tls_link.hpp"

#include <algorithm>
#include <cstring>

#include "engine/crypto/random.hpp"
#include "esp_crt_bundle.h"
#include "mbedtls/error.h"
#include "mbedtls/version.h"
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
#include "psa/crypto.h"
#endif

namespace updraft::esp_idf {
namespace {

constexpr std::size_t kReadBytes = 1024;  // on the stack

#if MBEDTLS_VERSION_MAJOR < 4
int random_for_tls(void*, unsigned char* out, std::size_t size) {
  crypto::random_bytes({reinterpret_cast<std::byte*>(out), size});
  return 0;
}
#endif

bool only_later(int error) {
  return error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE;
}

// What a server of TLS 1.3 sends after the handshake, and nobody needs here.
bool is_ticket([[maybe_unused]] int error) {
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
  return error == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
  return false;
#endif
}

}  // namespace

esp_err_t set_up_tls(mbedtls_ssl_config& config, int side) {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3  // it works by PSA alone
  if (psa_crypto_init() != PSA_SUCCESS) return ESP_FAIL;
#endif
  if (mbedtls_ssl_config_defaults(&config, side, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
    return ESP_ERR_NO_MEM;
  }
#if MBEDTLS_VERSION_MAJOR < 4
  mbedtls_ssl_conf_rng(&config, &random_for_tls, nullptr);
#endif
#if MBEDTLS_VERSION_MAJOR < 3  // later ones know nothing older than TLS 1.2
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  return ESP_OK;
}

TlsTerms::TlsTerms(const char* authorities) {
  mbedtls_ssl_config_init(&config_);
  mbedtls_x509_crt_init(&authorities_);
  outcome_ = set_up(authorities);
}

TlsTerms::~TlsTerms() {
  mbedtls_ssl_config_free(&config_);
  mbedtls_x509_crt_free(&authorities_);
}

esp_err_t TlsTerms::set_up(const char* authorities) {
  if (const esp_err_t err = set_up_tls(config_, MBEDTLS_SSL_IS_CLIENT); err != ESP_OK) return err;
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  if (authorities == nullptr) return esp_crt_bundle_attach(&config_);
  const auto* const pem = reinterpret_cast<const unsigned char*>(authorities);
  if (mbedtls_x509_crt_parse(&authorities_, pem, std::strlen(authorities) + 1) != 0) {
    return ESP_ERR_INVALID_ARG;
  }
  mbedtls_ssl_conf_ca_chain(&config_, &authorities_, nullptr);
  return ESP_OK;
}

TlsLink::TlsLink(const mbedtls_ssl_config& config, const char* host, link::Link& inner)
    : inner_(inner) {
  mbedtls_ssl_init(&ssl_);
  const bool made =
      mbedtls_ssl_setup(&ssl_, &config) == 0 && mbedtls_ssl_set_hostname(&ssl_, host) == 0;
  if (!made) failed_ = Error{Code::busy, Where::link};  // no memory now
  mbedtls_ssl_set_bio(&ssl_, this, &TlsLink::give, &TlsLink::take, nullptr);
}

TlsLink::~TlsLink() { mbedtls_ssl_free(&ssl_); }

int TlsLink::take(void* self, unsigned char* out, std::size_t size) {
  Bytes& in = static_cast<TlsLink*>(self)->in_;
  if (in.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
  const Bytes part = at_most(in, size);
  std::ranges::copy(part, reinterpret_cast<std::byte*>(out));
  in = in.subspan(part.size());
  return static_cast<int>(part.size());
}

int TlsLink::give(void* self, const unsigned char* bytes, std::size_t size) {
  auto& link = *static_cast<TlsLink*>(self);
  const MutableBytes room = MutableBytes(link.out_).subspan(link.out_size_);
  if (room.empty()) return MBEDTLS_ERR_SSL_WANT_WRITE;
  const Bytes part = at_most({reinterpret_cast<const std::byte*>(bytes), size}, room.size());
  std::ranges::copy(part, room.begin());
  link.out_size_ += part.size();
  return static_cast<int>(part.size());
}

void TlsLink::on_connected(Instant now) {
  inner_.on_connected(now);
  if (!failed_) (void)shake_hands(now);
}

void TlsLink::on_bytes(Bytes rx, Instant now) {
  if (failed_ || ended_ || inner_closed()) return;
  in_ = rx;
  if (ready_ || shake_hands(now)) read(now);
  in_ = {};
}

bool TlsLink::shake_hands(Instant now) {
  const int error = mbedtls_ssl_handshake(&ssl_);
  ready_ = error == 0;
  if (!ready_ && !only_later(error)) fail_with(error, now);
  return ready_;
}

void TlsLink::read(Instant now) {
  std::array<std::byte, kReadBytes> plain;
  while (!inner_closed()) {
    const int size =
        mbedtls_ssl_read(&ssl_, reinterpret_cast<unsigned char*>(plain.data()), plain.size());
    if (size > 0) {
      inner_.on_bytes(Bytes(plain).first(static_cast<std::size_t>(size)), now);
      continue;
    }
    if (is_ticket(size)) continue;
    if (only_later(size)) return;
    if (size != 0 && size != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return fail_with(size, now);
    ended_ = true;
    return inner_.on_peer_done(now);
  }
}

void TlsLink::fail_with(int error, Instant now) {
  if (!inner_closed()) inner_.on_lost(now);
  const bool certificate = error == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
  failed_ = Error{certificate ? Code::auth_failed : Code::protocol, Where::link,
                  static_cast<std::uint64_t>(-static_cast<std::int64_t>(error))};
}

void TlsLink::on_peer_done(Instant now) {
  if (failed_ || inner_closed()) return;
  ended_ ? inner_.on_peer_done(now) : inner_.on_lost(now);
}

void TlsLink::on_lost(Instant now) {
  if (!failed_ && !inner_closed()) inner_.on_lost(now);
}

void TlsLink::on_waiting(Instant now) {
  if (!failed_ && !inner_closed()) inner_.on_waiting(now);
}

void TlsLink::on_deadline(Instant now) {
  if (!failed_ && !inner_closed()) inner_.on_deadline(now);
}

// One record at a time: the next is made once this one is out.
std::size_t TlsLink::write_to(MutableBytes tx) {
  if (out_at_ == out_size_) {
    out_at_ = out_size_ = 0;
    if (!ready_ && !failed_) {
      (void)mbedtls_ssl_handshake(&ssl_);  // what had no room; its errors show at the next bytes
    } else if (!failed_) {
      std::array<std::byte, link::kLeastRoom> plain;
      const std::size_t size = inner_.write_to(plain);
      if (size > 0) {
        (void)mbedtls_ssl_write(&ssl_, reinterpret_cast<unsigned char*>(plain.data()), size);
      } else if (inner_closed() && !shut_) {
        shut_ = true;
        (void)mbedtls_ssl_close_notify(&ssl_);
      }
    }
  }
  const Bytes part = at_most(Bytes(out_).first(out_size_).subspan(out_at_), tx.size());
  std::ranges::copy(part, tx.begin());
  out_at_ += part.size();
  return part.size();
}

}  // namespace updraft::esp_idf
