#include "host/push/native_client.hpp"

#include <array>
#include <string>

namespace updraft::host {
namespace {

linux_port::TlsContext tls_with(const link::Pairing& pairing) {
  std::array<char, link::kIdentityBytes> room;
  return linux_port::TlsContext(
      linux_port::TlsKey{std::string(link::native_identity(pairing.id.view(), room)),
                         link::native_key(pairing)},
      linux_port::TlsSide::client);
}

}  // namespace

NativeClient::NativeClient(const PushTo& to, const link::Pairing& pairing)
    : loop_(to), tls_(tls_with(pairing)) {}

Result<> NativeClient::talk(link::NativeTask& task, Millis retry_for, const HowFar& progress) {
  link::NativeHost host(task);
  linux_port::TlsLink encrypted(tls_, host);
  std::function<Progress()> how_far;
  if (progress) how_far = [&] { return progress(host.body_sent()); };
  return loop_.talk(encrypted, retry_for, how_far);
}

bool is_trouble(const Result<>& outcome) {
  if (outcome) return false;
  const Code code = outcome.error().code;
  return code == Code::aborted || code == Code::timeout || code == Code::unreachable;
}

}  // namespace updraft::host
