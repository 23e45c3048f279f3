#include "cli/target.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/discovery/discovery.hpp"
#include "host/push/pairings.hpp"

namespace updraft::cli {
namespace {

constexpr Millis kSearch{5'000};        // for one of a name
constexpr Millis kSearchForAll{2'000};  // before it counts as the only one
constexpr Millis kTwin{200};            // for another one of its name to answer as well
using Clock = std::chrono::steady_clock;

// What a URL has and a name has not. A path is a line, which `control:` stands before.
bool is_name(const std::string& text) { return text.find_first_of(":/ ") == text.npos; }

// A pairing is better than anything, and no way at all without one. Then: who says how an update
// went, and asks for no password.
int rank_of(Scheme scheme, bool paired) {
  if (scheme->proof == Proof::pairing) return paired ? 4 : -1;
  return (scheme->sender_hears ? 2 : 0) + (scheme->proof == Proof::nothing ? 1 : 0);
}

// The best one; of several the first.
std::optional<host::FoundDevice::Way> best_way(const host::FoundDevice& device,
                                               host::Protocols among,
                                               const std::function<bool(Scheme)>& speaks) {
  std::optional<host::FoundDevice::Way> best;
  int best_rank = -1;
  const bool paired = host::Pairings().find(device.id) != nullptr;
  for (const host::FoundDevice::Way& way : device.open) {
    const host::KnownWord known = host::find_word(way.word, among);
    if (known.url == nullptr || !speaks(known.scheme)) continue;
    const int rank = rank_of(known.scheme, paired);
    if (rank <= best_rank) continue;
    best = way;
    best_rank = rank;
  }
  return best;
}

host::FoundDevice find_only() {
  const Interrupt interrupt;
  const std::vector<host::FoundDevice> devices =
      host::find_devices({.most = kSearchForAll, .stopped = Interrupt::came});
  Interrupt::leave_if_came();
  if (devices.size() == 1) return devices.front();
  if (devices.empty()) {
    throw Stop(kFailed, "no device is on the local network; say where it is: ws://192.168.1.20");
  }
  std::vector<std::string> names;
  names.reserve(devices.size());
  for (const host::FoundDevice& device : devices) names.push_back(printable(device.name));
  throw Stop(kUsage, fmt::format("say which device: {}", host::listed(names, "or")));
}

// "192.168.1.20", "kitchen.example.com": more likely a URL whose first word is missing.
bool is_host(const std::string& name) {
  return name.find('.') != name.npos && !name.ends_with(".local");
}

// On two networks there may be two of one name; on one of them they would not let it happen.
[[noreturn]] void two_of_one_name(const std::string& name,
                                  const std::vector<host::FoundDevice>& devices) {
  std::vector<std::string> which;
  which.reserve(devices.size());
  for (const host::FoundDevice& device : devices) {
    const std::string address = device.addresses.empty() ? "" : device.addresses.front();
    which.push_back(fmt::format("{} ({})", printable(device.id), printable(address)));
  }
  throw Stop(kUsage, fmt::format("{} devices are called {}; say which by its id: {}",
                                 devices.size(), name, host::listed(which, "or")));
}

host::FoundDevice find(const std::string& name, host::Protocols among) {
  const auto called = [&](const host::FoundDevice& device) { return device.is_called(name); };
  std::optional<Clock::time_point> heard;  // of the first of that name
  const auto is_enough = [&](const std::vector<host::FoundDevice>& so_far) {
    if (std::ranges::none_of(so_far, called)) return false;
    if (!heard) heard = Clock::now();
    return Clock::now() - *heard >= kTwin;
  };
  const Interrupt interrupt;
  std::vector<host::FoundDevice> devices =
      host::find_devices({.most = is_host(name) ? kSearchForAll : kSearch,
                          .stopped = Interrupt::came,
                          .enough = is_enough});
  Interrupt::leave_if_came();
  std::erase_if(devices, [&](const host::FoundDevice& device) { return !called(device); });
  if (devices.size() == 1) return devices.front();
  if (devices.size() > 1) two_of_one_name(name, devices);
  if (is_host(name)) (void)host::parse_url(name, among);  // which says what URLs there are
  throw Stop(kFailed,
             fmt::format("no device called {} is on the local network; updraft find lists those "
                         "that are, and a URL reaches one that is elsewhere: ws://{}",
                         name, name));
}

}  // namespace

host::Url target_of(const std::string& text, host::Protocols among,
                    const std::function<bool(Scheme)>& speaks, const Output& out) {
  if (!is_name(text)) return host::parse_url(text, among);
  const host::FoundDevice device = text.empty() ? find_only() : find(text, among);
  const std::optional<host::FoundDevice::Way> way = best_way(device, among, speaks);
  if (!way || device.addresses.empty()) {
    throw Stop(kFailed, fmt::format("{} listens for nothing that this command speaks",
                                    printable(device.name)));
  }
  const std::string& address = device.addresses.front();
  const bool brackets = address.find(':') != address.npos;
  const host::Url url =
      host::parse_url(fmt::format(fmt::runtime(brackets ? "{}://[{}]:{}" : "{}://{}:{}"), way->word,
                                  address, way->port),
                      among);
  out.item("device", fmt::format("{} is {}", printable(device.name), url.text()));
  return url;
}

}  // namespace updraft::cli
