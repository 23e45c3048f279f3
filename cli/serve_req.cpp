#include "cli/serve_req.hpp"

#include "cli/words/stop.hpp"
#include "protocols/req/req_server.hpp"

namespace updraft::cli {

void ReqServeDoor::check(std::uint64_t file_bytes, const std::vector<std::string>&) {
  if (file_bytes > link::kReqFileBytes) throw Stop(kRefused, "the file is too large for req");
}

std::unique_ptr<Served> ReqServeDoor::serve(link::Source& source) {
  return std::make_unique<ServedBy<link::ReqServer>>(source);
}

}  // namespace updraft::cli
