#include "host/discovery/discovery.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>

#include "engine/core/hex.hpp"
#include "engine/core/words.hpp"
#include "host/discovery/known_devices.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::host {
namespace {

constexpr Millis kLook{50};  // between two looks at what was found

bool is_v4(const linux_port::IpAddress& ip) {
  return ip[10] == std::byte{0xFF} && ip[11] == std::byte{0xFF} &&
         std::all_of(ip.begin(), ip.begin() + 10, [](std::byte b) { return b == std::byte{0}; });
}

std::string text_of(const linux_port::IpAddress& ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_v4(ip);
  inet_ntop(v4 ? AF_INET : AF_INET6, ip.data() + (v4 ? 12 : 0), text.data(), text.size());
  return text.data();
}

// Where a device listens for what it is asked about itself.
std::vector<link::PeerAddress> mdns_at(const std::vector<KnownPlace>& places) {
  std::vector<link::PeerAddress> peers;
  for (const KnownPlace& place : places) {
    link::PeerAddress peer{.port = linux_port::kMdnsPort};
    peer.ip[10] = peer.ip[11] = std::byte{0xFF};
    if (inet_pton(AF_INET, place.address.c_str(), peer.ip.data() + 12) == 1) peers.push_back(peer);
  }
  return peers;
}

// "raw:18000,ws:80"; what does not look so is left out.
std::vector<FoundDevice::Way> ways(std::string_view text) {
  std::vector<FoundDevice::Way> all;
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find(','));
    text.remove_prefix(std::min(entry.size() + 1, text.size()));
    const std::size_t colon = entry.find(':');
    if (colon == 0 || colon == entry.npos) continue;
    std::uint16_t port = 0;
    const char* const end = entry.data() + entry.size();
    const auto read = std::from_chars(entry.data() + colon + 1, end, port);
    if (read.ec == std::errc{} && read.ptr == end && port != 0)
      all.push_back({std::string(entry.substr(0, colon)), port});
  }
  return all;
}

}  // namespace

bool FoundDevice::is_called(std::string_view text) const {
  return same_word(text, name) || same_word(text, host) || (!id.empty() && same_word(text, id)) ||
         std::ranges::any_of(addresses,
                             [&](const std::string& one) { return same_word(text, one); });
}

FoundDevice device_of(const linux_port::Finder::Found& found) {
  FoundDevice device{
      .name = found.name, .host = found.host, .addresses = {}, .port = found.port, .open = {}};
  for (const bool v4 : {true, false}) {
    for (const linux_port::IpAddress& ip : found.addresses) {
      if (is_v4(ip) == v4) device.addresses.push_back(text_of(ip));
    }
  }
  for (const std::string_view entry : found.text) {
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string_view key = entry.substr(0, equals);
    const std::string_view value = entry.substr(std::min(equals + 1, entry.size()));
    const std::array<std::pair<std::string_view, std::string*>, 6> places{
        {{"id", &device.id},
         {"chip", &device.chip},
         {"project", &device.project},
         {"version", &device.version},
         {"digest", &device.digest},
         {"state", &device.state}}};
    for (const auto& [word, place] : places) {
      if (same_word(key, word)) *place = value;
    }
    if (same_word(key, "open")) device.open = ways(value);
  }
  return device;
}

std::vector<FoundDevice> find_devices(const Search& search) {
  linux_port::Reactor reactor;
  KnownDevices known;
  linux_port::Finder finder("_updraft._tcp", reactor.now(), mdns_at(known.all()));
  if (!reactor.multicasts(0, linux_port::net_interfaces(), finder)) {
    throw std::runtime_error("the local network cannot be asked: no UDP port can be opened");
  }
  std::vector<FoundDevice> devices;
  const auto gather = [&] {
    devices.clear();
    for (const linux_port::Finder::Found& found : finder.found()) {
      FoundDevice device = device_of(found);
      const auto twin = std::ranges::find_if(devices, [&](const FoundDevice& other) {
        return !device.id.empty() && other.id == device.id && other.name == device.name;
      });
      if (twin == devices.end()) devices.push_back(std::move(device));
    }
  };
  const std::function<void()> look = [&] {
    gather();
    const bool over = reactor.now().time_since_epoch() >= search.most;
    const bool enough = search.enough && search.enough(devices);
    if (over || enough || (search.stopped && search.stopped())) return reactor.stop();
    reactor.after(kLook, look);
  };
  look();
  reactor.run();
  known.remember(devices);
  return devices;
}

}  // namespace updraft::host
