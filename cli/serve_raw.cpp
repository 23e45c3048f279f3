#include "cli/serve_raw.hpp"

#include <fmt/format.h>

#include "cli/words/output.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::cli {

void RawServeDoor::check(std::uint64_t, const std::vector<std::string>& others) {
  cipher_ = read_cipher(options_);
  if (!cipher_) return;
  for (const std::string& other : others) {
    Output::warn(fmt::format("{} sends the file as it is; only raw uses the key", other));
  }
}

std::unique_ptr<Served> RawServeDoor::serve(link::Source& source) {
  return std::make_unique<ServedBy<link::RawSender>>(source, cipher_ ? &*cipher_ : nullptr);
}

}  // namespace updraft::cli
