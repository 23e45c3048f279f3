// Packages, KeySets and freshness tokens in words and in JSON.
#pragma once
#include "cli/inspect/finding.hpp"
#include "engine/suit/package.hpp"
#include "engine/suit/token.hpp"

namespace updraft::cli {

// Who signed, for whom, what. Nothing of it is believed: no key is known here. `file`: the
// product's name is that of the updraft.toml beside or above it, if that makes the same class.
Finding describe_package(Bytes package, const std::string& file);
Finding describe_key_set(Bytes key_set);
Finding describe_token(Bytes token);

// And what a device would say of any of them that trusts the KeySet of that file, whatever it is
// and has. `file`: for messages. Throws Stop: there is no such KeySet.
void add_device_verdict(Finding& finding, Bytes bytes, const std::string& file,
                        const std::string& key_set);

}  // namespace updraft::cli
