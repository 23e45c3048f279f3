// Which paired device a URL of the native push means, and where it is: its host may be an address,
// a name that DNS or multicast DNS knows, or the id of the pairing.
#pragma once
#include <string>

#include "host/desk/url.hpp"
#include "host/push/pairings.hpp"

namespace updraft::cli {

struct NativePlace {
  host::Url url;
  host::KnownDevice device;
  bool remembered = false;  // it may have moved since
};

// `id`: of --id; empty: not given. `searches`: the local network is asked even where an address is
// remembered. Throws Stop: not_paired, or it cannot be said which device is meant.
NativePlace native_place(const host::Url& url, const std::string& id,
                         const host::Pairings& pairings, bool searches = false);

std::string host_port(const host::Url& url);  // "192.168.1.20:18443"

}  // namespace updraft::cli
