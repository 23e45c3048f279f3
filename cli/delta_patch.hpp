// Patches for `delta`, `push --delta-from` and `inspect`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/words/output.hpp"
#include "host/delta/diff.hpp"

namespace updraft::cli {

// Shows its progress unless `out` speaks JSON.
diff::Patch make_delta(Bytes old_image, Bytes new_image, diff::Options options, const Output& out);

// The patch, and what its bytes are used for.
boost::json::object to_json(const diff::Patch& patch);
std::vector<std::string> to_lines(const diff::Patch& patch);

// How a patch is made that somebody waits for. `seeks`: the link can go on where an interrupted
// update was, so that restart points are worth their bytes.
diff::Options push_delta(bool seeks);

// What `push --delta-from` sends in place of `new_image`; says how much that saves. `seeks` as
// above. Throws Stop.
std::vector<std::byte> delta_from(const std::string& old_file, Bytes new_image, bool seeks,
                                  const Output& out);

// What a patch shows without its base.
struct DeltaReport {
  Result<> verdict;
  boost::json::object json;
  std::vector<std::string> lines;
};
DeltaReport report_delta(Bytes patch);

}  // namespace updraft::cli
