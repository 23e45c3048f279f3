#include "cli/push/push_silent.hpp"

#include <fmt/format.h>

#include "cli/words/text.hpp"

namespace updraft::cli {

int conclude_silent(const Output& out, const host::Ended& ended, const std::string& failure,
                    const std::string& taken) {
  throw_if_stopped(ended);
  if (ended.outcome) {
    out.event({{"event", "result"}, {"result", "sent"}, {"sent", ended.sent}});
    out.item("taken", taken);
    return kOk;
  }
  boost::json::object event = result_event(ended.outcome);
  event["message"] = failure;
  if (!ended.refusal.empty()) event["device_said"] = ended.refusal;
  out.event(event);
  Output::fail(failure);
  return status_of(ended.outcome.error());
}

std::string sent_in(const host::Ended& ended) {
  return fmt::format("{} in {}", human_bytes(ended.sent), human_seconds(ended.time.count()));
}

}  // namespace updraft::cli
