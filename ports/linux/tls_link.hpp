// TLS around any Link: what the inner link says goes out encrypted, what comes in is decrypted for
// it. As free of sockets as every Link; OpenSSL works on memory.
//
// The inner link gets on_connected() before the handshake, so that its own deadlines also bound it;
// the inner link is asked for bytes once the handshake is done. An end of the connection without
// TLS's own close is a loss: what came before may be cut.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/link.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/secret.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

namespace updraft::linux_port {

// Certificate and key, as PEM text. A chain may follow the certificate.
struct TlsIdentity {
  std::string certificate, key;
};

// A new P-256 key and a certificate that it signs itself, for these names and addresses.
TlsIdentity make_self_signed(const std::vector<std::string>& names);

// SHA-256 of a PEM certificate's DER form; nullopt: it is none.
std::optional<crypto::Sha256Digest> fingerprint(const std::string& certificate);

// Which server a client trusts.
struct TlsTrust {
  bool anybody = false;                             // --insecure
  std::optional<crypto::Sha256Digest> fingerprint;  // this certificate and no other
  // Whoever has a certificate for that name from one of these authorities, as PEM; a certificate
  // that signed itself is its own. Empty: not asked for.
  std::string authorities = {};
  // else: whoever has a certificate for that name from an authority that this system trusts
};

// A key that both ends have, in place of certificates: TLS 1.3 with an external PSK, and nothing to
// negotiate (spec/protocols/native.md section 1). At most 4096 bytes go into a record.
struct TlsKey {
  std::string identity;
  crypto::Secret<32> key;
};
enum class TlsSide : std::uint8_t { client, server };

// What many connections share.
class TlsContext {
 public:
  // A server's. Throws std::runtime_error if the identity cannot be used.
  explicit TlsContext(const TlsIdentity& identity);
  // A client's, of that host. Throws std::runtime_error if the authorities are no certificates.
  TlsContext(std::string host, const TlsTrust& trust);
  // Of who has this key. Throws std::runtime_error if TLS cannot be set up so.
  TlsContext(const TlsKey& key, TlsSide side);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsLink;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  bool server_;
  std::string host_;
  TlsTrust trust_;
  std::optional<TlsKey> key_;
};

class TlsLink final : public link::Link {
 public:
  // Both outlive it. Error besides the inner link's: auth_failed (the server is not the one that
  // was expected), not_paired (the server does not know the key), protocol (no TLS, or not one that
  // both speak).
  TlsLink(const TlsContext& context, link::Link& inner);
  ~TlsLink();

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override;
  bool proven() const override { return inner_.proven(); }
  bool greeted() const override { return ready_ && !failed_; }
  Result<> outcome() const override { return failed_ ? failed_result_ : inner_.outcome(); }

  // The server's certificate, once it was shown.
  const std::optional<crypto::Sha256Digest>& peer() const { return peer_; }

 private:
  bool shake_hands();
  bool trusts_peer();
  bool has_key_alone() const;
  void read(Instant now);
  void fail_with(Code code, Instant now);
  bool inner_closed() const { return inner_.phase() == link::Phase::closed; }

  const TlsContext& context_;
  link::Link& inner_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bio_st* in_;   // what arrived; owned by ssl_
  bio_st* out_;  // what is to be sent
  bool ready_ = false, failed_ = false, shut_ = false, ended_ = false;
  Result<> failed_result_;
  std::optional<crypto::Sha256Digest> peer_;
};

}  // namespace updraft::linux_port
