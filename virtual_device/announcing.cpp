#include "virtual_device/announcing.hpp"

#include <algorithm>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"
#include "engine/format/chip.hpp"

namespace updraft::device {
namespace {

constexpr std::size_t kIdDigits = 6;  // of the id, in a name that it makes

std::uint32_t random_number() {
  std::array<std::byte, 4> bytes;
  crypto::random_bytes(bytes);
  return load_le32(bytes, 0);
}

linux_port::IpAddress address_of(const linux_port::NetInterface& network) {
  linux_port::IpAddress ip{};
  ip[10] = ip[11] = std::byte{0xFF};
  store_be(MutableBytes(ip).last(4), network.address);
  return ip;
}

// "raw:18000,ws:80"
std::string open_ports(const std::vector<Listening>& listening) {
  std::string text;
  for (const Listening& one : listening) {
    if (one.port == 0) continue;
    const std::string word(word_of(*one.scheme, one.fingerprint.has_value()));
    const std::string entry = (text.empty() ? "" : ",") + word + ":" + std::to_string(one.port);
    if (text.size() + entry.size() > kMostOpenText) break;
    text += entry;
  }
  return text;
}

}  // namespace

std::string device_name(const Options& options, const Identity& identity) {
  if (!options.name.empty()) return options.name;
  const std::string& id = identity.id;
  return "updraft-" + id.substr(id.size() - std::min(id.size(), kIdDigits));
}

std::vector<std::string> announced_text(const Identity& identity, const sim::BootedApp& app,
                                        const std::vector<Listening>& listening, bool paired) {
  const format::ImageInfo& image = app.image;
  std::string digest;
  for (const std::byte b : Bytes(image.digest).first(8)) digest += HexByte(b).view();
  std::vector<std::string> text{"v=1",
                                "id=" + identity.id,
                                "chip=" + std::string(identity.efuse.chip->name),
                                "project=" + std::string(image.app.project_name.view()),
                                "version=" + std::string(image.app.version.view()),
                                "digest=" + digest,
                                "state=" + std::string(name(app.state)),
                                "open=" + open_ports(listening),
                                paired ? "paired=1" : "paired=0"};
  return text;
}

void Announcing::start(const std::string& address, std::string name,
                       std::vector<AnnouncedService> services) {
  const std::vector<linux_port::NetInterface> networks = linux_port::reached_by(address);
  if (networks.empty()) {
    return events_.on_warning("not announced: only IPv4 addresses of this machine are");
  }
  std::vector<linux_port::IpAddress> addresses;
  addresses.reserve(networks.size());
  for (const linux_port::NetInterface& network : networks) addresses.push_back(address_of(network));
  announcer_.emplace(
      linux_port::Announcer::Config{
          .name = std::move(name),
          .services = std::move(services),
          .addresses = std::move(addresses),
          .random = &random_number,
          .named = [this](const std::string& ours) { events_.on_announced(ours); }},
      reactor_.now());
  auto opened = reactor_.multicasts(linux_port::kMdnsPort, networks, *announcer_);
  if (opened) {
    changed_ = *std::move(opened);
  } else {
    events_.on_warning("not announced: UDP port 5353 cannot be opened");
  }
}

void Announcing::say_goodbye() {
  if (!changed_) return;
  announcer_->say_goodbye(reactor_.now());
  changed_();
}

}  // namespace updraft::device
