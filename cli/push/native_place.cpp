#include "cli/push/native_place.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/discovery/discovery.hpp"

namespace updraft::cli {
namespace {

constexpr Millis kSearch{3'000};

bool is_literal(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// "kitchen", "kitchen.local", an id: what devices of the local network go by.
bool may_be_announced(const std::string& host) {
  return !is_literal(host) && host != "localhost" &&
         (host.find('.') == host.npos || host.ends_with(".local"));
}

[[noreturn]] void not_paired(const std::string& whom) {
  throw Stop(Error{Code::not_paired, Where::device},
             fmt::format("this computer is not paired with {}; its console shows what to type: "
                         "updraft pair 'updraft-pair:1:...'",
                         whom));
}

std::optional<host::FoundDevice> search(
    const std::function<bool(const host::FoundDevice&)>& wanted) {
  const Interrupt interrupt;
  const auto devices = host::find_devices(
      {.most = kSearch, .stopped = Interrupt::came, .enough = [&](const auto& so_far) {
         return std::ranges::any_of(so_far, wanted);
       }});
  Interrupt::leave_if_came();
  const auto found = std::ranges::find_if(devices, wanted);
  return found == devices.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::uint16_t> native_port(const host::FoundDevice& device) {
  for (const host::FoundDevice::Way& way : device.open) {
    if (way.word == kNative.name) return way.port;
  }
  return std::nullopt;
}

// "HOST:PORT" as it is remembered.
void go_to(host::Url& url, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == address.npos) return;
  url.host = address.substr(0, colon);
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), url.port);
}

const host::KnownDevice& known(const host::Pairings& pairings, const std::string& id,
                               const std::string& whom) {
  const host::KnownDevice* const device = pairings.find(id);
  if (device == nullptr) not_paired(whom);
  return *device;
}

NativePlace by_name(const host::Url& url, const host::Pairings& pairings, bool searches) {
  const host::KnownDevice* const by_id = pairings.find(url.host);
  if (by_id != nullptr && !by_id->address.empty() && !searches) {
    NativePlace place{url, *by_id, true};
    go_to(place.url, by_id->address);
    return place;
  }
  const auto found = search([&](const host::FoundDevice& one) {
    return one.is_called(url.host) && native_port(one).has_value();
  });
  if (!found || found->addresses.empty()) {
    throw Stop(Error{Code::unreachable, Where::link},
               fmt::format("no device called {} with native push is on the local network; "
                           "updraft://ADDRESS reaches one that is elsewhere",
                           url.host));
  }
  NativePlace place{url, known(pairings, found->id, printable(found->name)), false};
  place.url.host = found->addresses.front();
  place.url.port = *native_port(*found);
  return place;
}

// An address does not say which device is there.
const host::KnownDevice& at_address(const host::Url& url, const host::Pairings& pairings) {
  if (pairings.all().empty()) not_paired(url.text());
  if (pairings.all().size() == 1) return pairings.all().front();
  if (const auto* const before = pairings.reached_at(host_port(url))) return *before;
  const auto found = search([&](const host::FoundDevice& one) {
    return native_port(one) == url.port &&
           std::ranges::find(one.addresses, url.host) != one.addresses.end();
  });
  if (found) return known(pairings, found->id, url.text());
  throw Stop(kUsage, fmt::format("{}: this computer is paired with {} devices; say which one is "
                                 "there: --id ID (updraft pair --list)",
                                 url.text(), pairings.all().size()));
}

}  // namespace

std::string host_port(const host::Url& url) { return fmt::format("{}:{}", url.host, url.port); }

NativePlace native_place(const host::Url& url, const std::string& id,
                         const host::Pairings& pairings, bool searches) {
  if (!id.empty()) return {url, known(pairings, id, id), false};
  if (may_be_announced(url.host)) return by_name(url, pairings, searches);
  return {url, at_address(url, pairings), false};
}

}  // namespace updraft::cli
