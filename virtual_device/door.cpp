#include "virtual_device/door.hpp"

#include <random>

#include "host/desk/cannot_listen.hpp"

namespace updraft::device {
namespace {

constexpr std::uint16_t kFirstPort = 20'000, kLastPort = 32'767;  // the kernel's own are above
constexpr int kPortsTried = 16;  // of so many one is free, unless the address is the trouble

}  // namespace

Result<std::uint16_t> open_port(
    std::uint16_t wanted, const std::function<Result<std::uint16_t>(std::uint16_t port)>& open) {
  if (wanted != 0) return open(wanted);
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> any(kFirstPort, kLastPort);
  for (int i = 0; i < kPortsTried; ++i) {
    if (const Result<std::uint16_t> real = open(any(random))) return real;
  }
  return open(0);
}

Listening listening_by(Scheme scheme, const DoorContext& context) {
  const bool proved = scheme->proof != Proof::nothing;
  const bool takes_proved =
      judge_files(context.policy, {.scheme = scheme, .sender_proved = proved}).has_value();
  return {scheme, context.options.listen, 0,
          proved && takes_proved ? Trust::sender : best_unproven_trust(context.policy, scheme)};
}

std::uint16_t listen(const DoorContext& context, std::uint16_t wanted, const KeptNumbers& kept,
                     std::string_view kept_as, linux_port::ConnectionMaker make,
                     const linux_port::ListenOptions& options) {
  const std::string& address = context.options.listen;
  const auto before = kept.find(kept_as);
  const auto port = before == kept.end() ? wanted : static_cast<std::uint16_t>(before->second);
  const Result<std::uint16_t> real = open_port(
      port, [&](std::uint16_t at) { return context.reactor.listen(address, at, make, options); });
  if (real) return *real;
  throw host::cannot_listen(address, "port " + std::to_string(port), real.error());
}

TcpPort::TcpPort(const DoorContext& context, Listening listening, std::uint16_t wanted,
                 const KeptNumbers& kept, linux_port::ConnectionMaker make,
                 const linux_port::ListenOptions& options)
    : port_(listen(context, wanted, kept, kKeptPort, std::move(make), options)) {
  listening.port = port_;
  context.events.on_listening(listening);
}

void TcpPort::keep(KeptNumbers& kept) { kept[std::string(kKeptPort)] = port_; }

}  // namespace updraft::device
