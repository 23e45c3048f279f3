// TLS around a Link, by Mbed TLS: what the inner link says goes out encrypted, what comes in is
// decrypted for it. As free of sockets as every Link, so it needs no driver of its own.
//
// A client always verifies the server's certificate and name: by the authorities that are given,
// else by ESP-IDF's bundle. native_tls.hpp is the server. Mbed TLS takes memory from the heap for
// each connection, some 40 KB while it lasts; the task that runs it needs 8 KiB of stack.
#pragma once
#include <array>
#include <optional>

#include "updraft/link.hpp"

#include "esp_err.h"
#include "mbedtls/ssl.h"
#include "mbedtls/x509_crt.h"

namespace updraft::esp_idf {

// What all connections have: random numbers, and no version before TLS 1.2. Errors: ESP_ERR_NO_MEM;
// ESP_FAIL (the crypto library does not start).
esp_err_t set_up_tls(mbedtls_ssl_config& config, int side);

// Whom a device trusts: what all connections share.
class TlsTerms {
 public:
  // `authorities`: PEM, and stays; nullptr: the bundle.
  explicit TlsTerms(const char* authorities);
  ~TlsTerms();
  TlsTerms(const TlsTerms&) = delete;
  TlsTerms& operator=(const TlsTerms&) = delete;
  esp_err_t outcome() const { return outcome_; }  // ESP_ERR_INVALID_ARG: that is no certificate
  const mbedtls_ssl_config& config() const { return config_; }

 private:
  esp_err_t set_up(const char* authorities);
  mbedtls_ssl_config config_{};
  mbedtls_x509_crt authorities_{};
  esp_err_t outcome_;
};

class TlsLink final : public link::Link {
 public:
  // `host`: what its certificate must name. All outlive it. Error besides the inner link's:
  // auth_failed (the certificate), protocol.
  TlsLink(const TlsTerms& terms, const char* host, link::Link& inner)
      : TlsLink(terms.config(), host, inner) {}
  // A server has no `host`: nullptr.
  TlsLink(const mbedtls_ssl_config& config, const char* host, link::Link& inner);
  ~TlsLink();
  TlsLink(const TlsLink&) = delete;
  TlsLink& operator=(const TlsLink&) = delete;

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override {
    return failed_ ? std::nullopt : inner_.deadline();
  }
  link::Phase phase() const override {
    return failed_ || inner_closed() ? link::Phase::closed : link::Phase::open;
  }
  bool proven() const override { return inner_.proven(); }
  bool greeted() const override { return ready_ && !failed_; }
  Result<> outcome() const override { return failed_ ? Result<>(*failed_) : inner_.outcome(); }

 private:
  static int take(void* self, unsigned char* out, std::size_t size);
  static int give(void* self, const unsigned char* bytes, std::size_t size);
  bool inner_closed() const { return inner_.phase() == link::Phase::closed; }
  bool shake_hands(Instant now);  // true once it is done
  void read(Instant now);
  void fail_with(int error, Instant now);

  mbedtls_ssl_context ssl_{};
  link::Link& inner_;
  Bytes in_;                           // what arrived, while Mbed TLS reads it
  std::array<std::byte, 1024> out_{};  // what is to be sent; Mbed TLS gives the rest later
  std::size_t out_size_ = 0, out_at_ = 0;
  bool ready_ = false, ended_ = false, shut_ = false;
  std::optional<Error> failed_;
};

}  // namespace updraft::esp_idf
