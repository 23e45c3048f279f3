#include "host/push/esphome_push.hpp"

#include "host/push/packed.hpp"
#include "host/push/push_loop.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/noise_link.hpp"

namespace updraft::host {
namespace {

class InBothForms final : public link::EsphomePayload {
 public:
  explicit InBothForms(Payload& payload) : plain_(read_all(payload)) {}
  Bytes plain() override { return plain_; }
  Bytes gzipped() override {
    if (packed_.empty()) packed_ = packed(plain_, kWholeWindow + kGzip);
    return packed_;
  }

 private:
  std::vector<std::byte> plain_, packed_;
};

}  // namespace

Ended EsphomePush::push(const PushTo& to, Payload& payload) {
  InBothForms content(payload);
  std::optional<link::EsphomeHost> host;
  std::optional<link::NoiseLink> noise;
  const auto progress = [&host] { return Progress{host->sent(), host->total()}; };
  const Ended ended = push_by(
      [&] {
        noise.reset();
        host.emplace(content, password, &crypto::random_bytes, key.has_value());
        if (!key) return Sending{*host, progress};
        noise.emplace(link::NoiseLink::Side::initiator, *host, *key);
        return Sending{*noise, progress};
      },
      to);
  version = host->version();
  hash = host->hash();
  extended = host->extended();
  gzip = host->gzip();
  return ended;
}

}  // namespace updraft::host
