#include "cli/serve/serve_raw.hpp"

#include <fmt/format.h>

#include "cli/words/output.hpp"

namespace updraft::cli {

void RawServeDoor::check(std::uint64_t, const std::vector<std::string>& others) {
  serve_.cipher = read_cipher(options_);
  if (!serve_.cipher) return;
  for (const std::string& other : others) {
    Output::warn(fmt::format("{} sends the file as it is; only raw uses the key", other));
  }
}

}  // namespace updraft::cli
