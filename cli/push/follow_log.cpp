#include "cli/push/follow_log.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "cli/interrupt.hpp"
#include "cli/words/text.hpp"
#include "host/push/native_log.hpp"

namespace updraft::cli {
namespace {

std::string text_of(const boost::json::value& value) {
  return printable(value.is_string() ? std::string(value.get_string())
                                     : boost::json::serialize(value));
}

// "update: result ok, scheme native, version 2.0.0"
std::string line_of(const boost::json::object& event) {
  const boost::json::value* const name = event.if_contains("event");
  std::string line = name == nullptr ? "" : text_of(*name);
  std::string_view before = ": ";
  for (const auto& [member, value] : event) {
    if (member == "event" || member == "n") continue;
    line += fmt::format("{}{} {}", before, printable(std::string(member)), text_of(value));
    before = ", ";
  }
  return line;
}

}  // namespace

void follow_log(const host::PushTo& to, const host::KnownDevice& device, const Output& out) {
  const Interrupt interrupt;
  host::NativeLog log;
  log.pairing = device.pairing;
  log.tell = [&out](const boost::json::object& event) {
    out.event({{"event", "log"}, {"told", event}});
    out.item("log", line_of(event));
  };
  const Result<> ended = log.follow(to);
  if (ended) return;
  Output::warn(fmt::format("{} tells no more: {}", to.url.text(), explain(ended.error())));
}

}  // namespace updraft::cli
