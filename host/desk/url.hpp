// Target URLs, as the rows of protocols say: word://host[:port][/path], IPv6 hosts in brackets;
// control:PATH names a serial device.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/protocols.hpp"

namespace updraft::host {

using Protocols = std::span<const Protocol* const>;

// The table's rows, and those that only these doors speak.
template <class Doors>
std::vector<const Protocol*> protocols_of(const Doors& doors) {
  std::vector<const Protocol*> rows(kProtocols.begin(), kProtocols.end());
  for (const auto& door : doors) {
    const Protocol* const row = &door->protocol();
    if (std::ranges::find(rows, row) == rows.end()) rows.push_back(row);
  }
  return rows;
}

// What a word at the start of a URL means, in letters of either case; `url` is nullptr if it
// means nothing.
struct KnownWord {
  Scheme scheme;
  const UrlWord* url = nullptr;
};
KnownWord find_word(std::string_view word, Protocols among);

struct Url {
  Scheme scheme;
  std::string_view word;  // "wss"
  std::string host;       // without brackets
  std::uint16_t port = 0;
  bool tls = false;
  std::string path;          // "/ota/ws"; of control: "/dev/esps0"; empty if the scheme has none
  std::string text() const;  // raw://[::1]:18000
};

// Fills in the scheme's default port and path. Throws Trouble (usage) with a sentence for anything
// else.
Url parse_url(std::string_view text, Protocols among = kProtocols);

// The word's URLs, of a host that an example names: "ws://192.168.1.20/ota/ws".
std::string example_url(const Protocol& row);

// "a, b and c"; `last` is the word before the last.
std::string listed(std::span<const std::string> parts, std::string_view last);

}  // namespace updraft::host
