// Packages, KeySets and freshness tokens in words and in JSON.
#pragma once
#include "cli/inspect/finding.hpp"
#include "engine/suit/package.hpp"
#include "engine/suit/token.hpp"

namespace updraft::cli {

// Who signed, for whom, what. Nothing of it is believed: no key is known here.
Finding describe_package(Bytes package);
Finding describe_key_set(Bytes key_set);
Finding describe_token(Bytes token);

}  // namespace updraft::cli
