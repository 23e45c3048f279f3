#include "host/push/esphome_push.hpp"

#include <zlib.h>

#include "host/push/push_loop.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/noise_link.hpp"

namespace updraft::host {
namespace {

std::vector<std::byte> gzip_of(Bytes plain) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return {};
  }
  std::vector<std::byte> packed(deflateBound(&stream, static_cast<uLong>(plain.size())));
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  (void)deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class InBothForms final : public link::EsphomePayload {
 public:
  explicit InBothForms(Payload& payload) : plain_(read_all(payload)) {}
  Bytes plain() override { return plain_; }
  Bytes gzipped() override {
    if (packed_.empty()) packed_ = gzip_of(plain_);
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
