// Finds the devices that announce themselves on the local network (spec/protocols/native.md section
// 4). What they say of themselves is for people; nothing about an update is decided by it.
//
//   for (const host::FoundDevice& device : host::find_devices({})) ...
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/time.hpp"

#include "ports/linux/dnssd/finder.hpp"

namespace updraft::host {

struct FoundDevice {
  struct Way {
    std::string word;  // of a URL: "ws"
    std::uint16_t port = 0;
  };
  std::string name;                    // "kitchen"
  std::string host;                    // "kitchen.local"
  std::vector<std::string> addresses;  // IPv4 first
  std::uint16_t port = 0;
  std::string id, chip, project, version, digest, state;  // empty: it does not say
  std::vector<Way> open;                                  // its listeners

  // By its name, its host name, its id or one of its addresses, without regard to case.
  bool is_called(std::string_view text) const;
};

FoundDevice device_of(const linux_port::Finder::Found& found);

struct Search {
  Millis most{3'000};
  std::function<bool()> stopped = {};  // somebody pressed Ctrl-C
  // Enough is found.
  std::function<bool(const std::vector<FoundDevice>&)> enough = {};
};

// Blocks. Asks the local network, and known devices where they were found before
// (known_devices.hpp), which it keeps up to date. By their names; the same device (by its id) is
// one row, however many addresses it has. Throws std::runtime_error if no network can be asked.
std::vector<FoundDevice> find_devices(const Search& search);

}  // namespace updraft::host
