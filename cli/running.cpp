#include "cli/running.hpp"

#include <fmt/format.h>

#include "cli/words/output.hpp"

namespace updraft::cli {
namespace {

// "demo 1.1.0, 5f82e316d434907d"
std::string title(const host::DeviceStatus& status) {
  const bool both = !status.project.empty() && !status.version.empty();
  const std::string name = status.project + (both ? " " : "") + status.version;
  return name.empty() ? status.digest : name + ", " + status.digest;
}

}  // namespace

std::string running_line(const host::DeviceStatus& status) {
  if (status.pending && status.confirm_in_ms) {
    return fmt::format("{}, on trial; it confirms itself in {:.1f} s", title(status),
                       static_cast<double>(*status.confirm_in_ms) / 1000);
  }
  if (status.pending && status.give_up_in_ms) {
    return fmt::format("{}, on trial; given up in {:.1f} s unless somebody confirms it",
                       title(status), static_cast<double>(*status.give_up_in_ms) / 1000);
  }
  if (status.pending) return title(status) + ", on trial until somebody confirms it";
  return title(status) + (status.state == "valid" ? ", confirmed" : ", " + status.state);
}

std::string told(const host::DeviceStatus::Last& last) {
  if (!last.why) return last.message;
  // The device's own sentence knows the cause; the numbers follow it as they follow ours.
  return last.message + explain(*last.why).substr(sentence(*last.why).size());
}

std::string told(const host::DeviceStatus::Last& last, const std::optional<std::string>& base,
                 const host::DeviceStatus& runs) {
  std::string text = told(last);
  if (last.code != name(Code::wrong_base)) return text;
  const std::string of = base ? fmt::format("It is for the image {}, and the", *base) : "The";
  return fmt::format("{} {} device runs {}.", text, of, running_line(runs));
}

void warn_of_rescue(const host::DeviceStatus& status,
                    const std::optional<host::DeviceStatus>& before) {
  const auto old = [](const host::DeviceStatus& one) { return one.rescue && one.rescue->too_old; };
  if (!old(status) || (before && old(*before))) return;
  Output::warn(
      fmt::format("the rescue app of the device is {}, and what runs there needs {}: updraft push "
                  "FILE URL --to rescue",
                  status.rescue->version, status.rescue->wanted));
}

void add_running(boost::json::object& event, const host::DeviceStatus& status) {
  event["version"] = status.version;
  event["project"] = status.project;
  event["digest"] = status.digest;
  event["state"] = status.state;
  event["slot"] = status.slot;
  if (status.rescue && status.rescue->too_old) event["rescue"] = "too_old";
}

}  // namespace updraft::cli
