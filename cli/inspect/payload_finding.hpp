// Files that a device takes as an update, looked into as a device would: what they are wrapped in
// is undone, at most as often as a device does it, and what is inside is judged.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "cli/inspect/finding.hpp"
#include "cli/key_options.hpp"
#include "engine/format/image_verifier.hpp"
#include "host/files/kinds.hpp"

namespace updraft::cli {

struct PayloadOptions {
  KeyFiles keys;     // open what is sealed
  std::string base;  // the image that a patch is for; empty: it is not applied
  format::ImageExpectation expectation;
};

// Any file; valid only where a device would take it. `wrappers` around it so far.
Finding judge_payload(Bytes file, const PayloadOptions& options, std::size_t wrappers = 0);

// A file that is no update, in one sentence: what it is, and what to do next.
Finding describe_other(files::Kind kind);

}  // namespace updraft::cli
