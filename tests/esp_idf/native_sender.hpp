// Who pushes to a chip by native push: TLS with a pairing's key, on real sockets.
#pragma once
#include <string>

#include "ports/linux/tls_link.hpp"
#include "protocols/native/native_host.hpp"
#include "protocols/native/native_pairing.hpp"
#include "protocols/native/test_native_ends.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

inline linux_port::TlsKey tls_key(const link::Pairing& pairing) {
  std::array<char, link::kIdentityBytes> room;
  return {std::string(link::native_identity(pairing.id.view(), room)), link::native_key(pairing)};
}

// A link whose bytes stop after so many: the cable is pulled.
class PulledLink final : public link::Link {
 public:
  PulledLink(link::Link& inner, std::size_t most) : inner_(inner), left_(most) {}
  void on_connected(Instant now) override { inner_.on_connected(now); }
  void on_bytes(Bytes rx, Instant now) override { inner_.on_bytes(rx, now); }
  void on_peer_done(Instant now) override { inner_.on_peer_done(now); }
  void on_lost(Instant now) override { inner_.on_lost(now); }
  void on_deadline(Instant now) override { inner_.on_deadline(now); }
  std::size_t write_to(MutableBytes tx) override {
    if (left_ == 0) return 0;
    const std::size_t size = inner_.write_to(tx.first(std::min(tx.size(), left_)));
    left_ -= size;
    if (left_ == 0) inner_.on_lost(Instant{});
    return size;
  }
  std::optional<Instant> deadline() const override { return inner_.deadline(); }
  link::Phase phase() const override { return left_ == 0 ? link::Phase::closed : inner_.phase(); }
  Result<> outcome() const override { return inner_.outcome(); }

 private:
  link::Link& inner_;
  std::size_t left_;
};

// One connection of a task; `most`: bytes on the wire before it is cut. Its outcome.
inline std::string talk(std::uint16_t port, const link::Pairing& pairing, link::NativeTask& task,
                        std::size_t most = SIZE_MAX, std::uint32_t last = 1) {
  const linux_port::TlsContext context(tls_key(pairing), linux_port::TlsSide::client);
  link::NativeHost host(task);
  linux_port::TlsLink tls(context, host);
  PulledLink wire(tls, most);
  return push_by(wire, connect_to(port, last));
}

using link::package_of;

}  // namespace updraft::esp_idf
