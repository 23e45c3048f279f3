#include "ports/linux/tls_link.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "engine/crypto/secret.hpp"

namespace updraft::linux_port {
namespace {

constexpr std::size_t kRecord = 16'384;  // plain bytes that a TLS record carries
constexpr long kKeyRecord = 4096;        // a device may have no more room for one
constexpr const char* kKeySuite = "TLS_AES_128_GCM_SHA256";

std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> make_context(const SSL_METHOD* method) {
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context(SSL_CTX_new(method), &SSL_CTX_free);
  if (context == nullptr) throw std::runtime_error("TLS cannot be set up");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

std::unique_ptr<BIO, int (*)(BIO*)> reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// The first certificate and those after it.
bool use_chain(SSL_CTX* context, const std::string& pem) {
  const auto bio = reader(pem);
  std::unique_ptr<X509, void (*)(X509*)> own(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (X509* const issuer = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, issuer) == 1) continue;
    X509_free(issuer);
    return false;
  }
  ERR_clear_error();
  return true;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
  const auto bio = reader(pem);
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
         SSL_CTX_check_private_key(context) == 1;
}

// These certificates and no other; one of a server itself ends a chain as well as an authority's.
bool trust_these(SSL_CTX* context, const std::string& pem) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  const auto bio = reader(pem);
  bool any = false;
  while (X509* const one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    any = X509_STORE_add_cert(store, one) == 1 || any;
    X509_free(one);
  }
  ERR_clear_error();
  return any;
}

std::optional<crypto::Sha256Digest> fingerprint_of(X509* certificate) {
  crypto::Sha256Digest digest;
  unsigned size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  if (X509_digest(certificate, EVP_sha256(), out, &size) != 1) return std::nullopt;
  return digest;
}

const TlsKey& key_of(const SSL* ssl) {
  return *static_cast<const TlsKey*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

unsigned copy_key(const TlsKey& from, unsigned char* to, unsigned room) {
  const Bytes key = from.key.reveal();
  if (key.size() > room) return 0;
  std::ranges::copy(key, reinterpret_cast<std::byte*>(to));
  return static_cast<unsigned>(key.size());
}

// 0: there is none by that name.
unsigned give_server_key(SSL* ssl, const char* identity, unsigned char* key, unsigned room) {
  const TlsKey& own = key_of(ssl);
  return identity != nullptr && own.identity == identity ? copy_key(own, key, room) : 0;
}

unsigned give_client_key(SSL* ssl, const char*, char* identity, unsigned identity_room,
                         unsigned char* key, unsigned room) {
  const TlsKey& own = key_of(ssl);
  if (own.identity.size() >= identity_room) return 0;
  std::ranges::copy(own.identity, identity);
  identity[own.identity.size()] = 0;
  return copy_key(own, key, room);
}

// The alerts of a peer that has another key, or none of this name: RFC 8446 section 6.2.
Code code_of_failure(bool with_key) {
  constexpr int kAlerts[] = {SSL_AD_HANDSHAKE_FAILURE, SSL_AD_ILLEGAL_PARAMETER,
                             SSL_AD_DECRYPT_ERROR, SSL_AD_MISSING_EXTENSION,
                             SSL_AD_UNKNOWN_PSK_IDENTITY};
  const int alert = ERR_GET_REASON(ERR_peek_last_error()) - SSL_AD_REASON_OFFSET;
  const bool unknown = with_key && std::ranges::find(kAlerts, alert) != std::end(kAlerts);
  return unknown ? Code::not_paired : Code::protocol;
}

}  // namespace

std::optional<crypto::Sha256Digest> fingerprint(const std::string& certificate) {
  const auto bio = reader(certificate);
  std::unique_ptr<X509, void (*)(X509*)> parsed(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  if (parsed == nullptr) {
    ERR_clear_error();
    return std::nullopt;
  }
  return fingerprint_of(parsed.get());
}

TlsContext::TlsContext(const TlsIdentity& identity)
    : context_(make_context(TLS_server_method())), server_(true) {
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  if (!use_chain(context_.get(), identity.certificate)) {
    throw std::runtime_error("the TLS certificate is not one in PEM form");
  }
  if (!use_key(context_.get(), identity.key)) {
    throw std::runtime_error("the TLS key is not the certificate's, or not in PEM form");
  }
}

TlsContext::TlsContext(std::string host, const TlsTrust& trust)
    : context_(make_context(TLS_client_method())),
      server_(false),
      host_(std::move(host)),
      trust_(trust) {
  // The handshake goes through in any case and the peer is judged after it: so an error can show
  // the fingerprint of a peer that is refused.
  if (trust_.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
  } else if (!trust_these(context_.get(), trust_.authorities)) {
    throw std::runtime_error("there is no certificate in PEM form");
  }
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
}

TlsContext::TlsContext(const TlsKey& key, TlsSide side)
    : context_(make_context(TLS_method())), server_(side == TlsSide::server), key_(key) {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_app_data(context, &*key_);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  const bool set = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                   SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
                   SSL_CTX_set_ciphersuites(context, kKeySuite) == 1 &&
                   SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
                   SSL_CTX_set_num_tickets(context, 0) == 1 &&
                   SSL_CTX_set_max_send_fragment(context, kKeyRecord) == 1;
  if (!set) throw std::runtime_error("TLS 1.3 cannot be set up");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  if (server_) {
    SSL_CTX_set_psk_server_callback(context, &give_server_key);
  } else {
    SSL_CTX_set_psk_client_callback(context, &give_client_key);
  }
}

TlsContext::~TlsContext() = default;

TlsLink::TlsLink(const TlsContext& context, link::Link& inner)
    : context_(context),
      inner_(inner),
      ssl_(SSL_new(context.context_.get()), &SSL_free),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  SSL_set_bio(ssl_.get(), in_, out_);
  if (context.server_) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  if (context.key_) return;
  const std::string& host = context.host_;
  X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return;
  SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  SSL_set1_host(ssl_.get(), host.c_str());
}

TlsLink::~TlsLink() = default;

void TlsLink::on_connected(Instant now) {
  inner_.on_connected(now);
  if (!context_.server_) (void)shake_hands();
}

void TlsLink::on_bytes(Bytes rx, Instant now) {
  if (failed_ || ended_) return;
  BIO_write(in_, rx.data(), static_cast<int>(rx.size()));
  if (!ready_ && !shake_hands())
    return failed_ ? fail_with(failed_result_.error().code, now) : void();
  read(now);
}

// True once it is done.
bool TlsLink::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return false;
    failed_ = true;
    failed_result_ = fail(code_of_failure(context_.key_.has_value()), Where::link);
    return false;
  }
  ready_ = true;
  if (trusts_peer()) return true;
  failed_ = true;
  failed_result_ = fail(Code::auth_failed, Where::link);
  return false;
}

// As asked for and not otherwise: the key has proved the peer, and no certificate came.
bool TlsLink::has_key_alone() const {
  const SSL_CIPHER* const suite = SSL_get_current_cipher(ssl_.get());
  return SSL_version(ssl_.get()) == TLS1_3_VERSION && SSL_session_reused(ssl_.get()) == 1 &&
         suite != nullptr && std::string_view(SSL_CIPHER_get_name(suite)) == kKeySuite &&
         SSL_get0_peer_certificate(ssl_.get()) == nullptr;
}

bool TlsLink::trusts_peer() {
  if (context_.key_) return has_key_alone();
  if (context_.server_) return true;
  const std::unique_ptr<X509, void (*)(X509*)> peer(SSL_get1_peer_certificate(ssl_.get()),
                                                    &X509_free);
  if (peer != nullptr) peer_ = fingerprint_of(peer.get());
  if (!peer_) return false;
  const TlsTrust& trust = context_.trust_;
  if (trust.fingerprint) return crypto::ct_equal(*peer_, *trust.fingerprint);
  return trust.anybody || SSL_get_verify_result(ssl_.get()) == X509_V_OK;
}

void TlsLink::read(Instant now) {
  std::array<std::byte, kRecord> plain;
  while (!inner_closed()) {
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
    if (size > 0) {
      inner_.on_bytes(Bytes(plain).first(static_cast<std::size_t>(size)), now);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), size);
    if (error == SSL_ERROR_WANT_READ) return;
    // After the handshake: somebody changed what was on its way. It ends like a cut.
    if (error != SSL_ERROR_ZERO_RETURN) return fail_with(Code::aborted, now);
    ended_ = true;
    return inner_.on_peer_done(now);
  }
}

void TlsLink::fail_with(Code code, Instant now) {
  if (!inner_closed()) inner_.on_lost(now);
  failed_ = true;
  failed_result_ = fail(code, Where::link);
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

std::optional<Instant> TlsLink::deadline() const {
  return failed_ ? std::nullopt : inner_.deadline();
}

// Closed when the inner link is; the last records are still sent then.
link::Phase TlsLink::phase() const {
  return failed_ || inner_closed() ? link::Phase::closed : link::Phase::open;
}

std::size_t TlsLink::write_to(MutableBytes tx) {
  if (BIO_pending(out_) == 0 && ready_ && !failed_) {
    std::array<std::byte, kRecord> plain;
    const std::size_t size = inner_.write_to(plain);
    if (size > 0) {
      SSL_write(ssl_.get(), plain.data(), static_cast<int>(size));
    } else if (inner_closed() && !shut_) {
      shut_ = true;
      SSL_shutdown(ssl_.get());
    }
  }
  const int size = BIO_read(out_, tx.data(), static_cast<int>(tx.size()));
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

}  // namespace updraft::linux_port
