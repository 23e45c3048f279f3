#include "host/push/bundle_push.hpp"

#include "host/push/push_loop.hpp"
#include "protocols/bundle/bundle_host.hpp"

namespace updraft::host {

Ended BundlePush::push(const PushTo& to, Payload& payload) {
  link::BundleHost host(password, as_bytes(metadata), payload);
  return push_by(host, to, [&host] { return Progress{host.sent(), host.total()}; });
}

}  // namespace updraft::host
