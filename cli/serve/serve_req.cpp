#include "cli/serve/serve_req.hpp"

#include "cli/words/stop.hpp"

namespace updraft::cli {

void ReqServeDoor::check(std::uint64_t file_bytes, const std::vector<std::string>&) {
  if (file_bytes > host::ReqServe::kMostBytes) {
    throw Stop(kRefused, "the file is too large for req");
  }
}

}  // namespace updraft::cli
