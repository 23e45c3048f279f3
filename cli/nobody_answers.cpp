#include "cli/nobody_answers.hpp"

#include <fmt/format.h>

#include "cli/words/output.hpp"
#include "host/push/ended.hpp"

namespace updraft::cli {

std::string nobody_answers(const host::Url& url, Millis waited, const Error& error) {
  if (host::is_unknown_name(error)) {
    return fmt::format("the name {} is not known; check its spelling, or use the address",
                       url.host);
  }
  return fmt::format("{} did not answer for {} s. {}", url.text(), waited.count() / 1000,
                     explain(error));
}

}  // namespace updraft::cli
