#include "host/push/bundle_push.hpp"

#include "host/push/push_loop.hpp"
#include "protocols/bundle/bundle_host.hpp"

namespace updraft::host {

Ended BundlePush::push(const PushTo& to, Payload& payload) {
  std::optional<link::BundleHost> host;
  const auto progress = [&host] { return Progress{host->sent(), host->total()}; };
  return push_by(
      [&] {
        host.emplace(password, as_bytes(metadata), payload);
        return Sending{*host, progress};
      },
      to);
}

}  // namespace updraft::host
