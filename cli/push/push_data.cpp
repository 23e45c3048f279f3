#include "cli/push/push_data.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/words/output.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

bool is_meant(const PushJob& job, const host::DeviceStatus::Target& target) {
  return target.name == job.target_name || job.target_name == "fs";  // the only one
}

void insist(const PushJob& job, const std::string& what) {
  if (job.yes || asked(what + " Go on?")) return;
  throw Stop(kUsage, what + " --yes says that this is meant; nothing was sent.");
}

// Until the next app comes, that is what is left to go back to.
void ask_about_older_app(const PushJob& job, const std::string& version) {
  const std::string given_up = fmt::format(
      "{} is received in the slot of the older app, {}: there is none to go back to "
      "until the next app comes",
      job.target_name, printable(version));
  if (!job.keep_fallback) return Output::warn(given_up);
  throw Stop(Error{Code::no_room, Where::slot}, given_up + "; nothing was sent (--keep-fallback).");
}

}  // namespace

bool asked(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) return false;
  Output::ask(question + " [y/N]");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y";
}

void ask_about_data(const PushJob& job) {
  if (job.file.rescue) {
    insist(job,
           "rescue: it is written where it is: a power cut on the way leaves none, until it is "
           "sent again.");
  } else if (job.is_data()) {
    Output::warn(fmt::format("{}: all that is in it is replaced, also what the device wrote there",
                             job.target_name));
  }
  if (!job.one_way) return;
  insist(job,
         "--one-way: where there is no room to keep the old data, there is no way back to it.");
}

void ask_about_target(const PushJob& job, const host::DeviceStatus* device) {
  if (device == nullptr) {
    if (!job.keep_fallback) return;
    throw Stop(kUsage,
               "--keep-fallback: the device has no status, so it does not say what would be given "
               "up; nothing was sent.");
  }
  for (const host::DeviceStatus::Target& target : device->targets) {
    const bool meant = is_meant(job, target);
    if (meant && target.way == "staged" && !target.keeps_older_app && !device->previous.empty()) {
      ask_about_older_app(job, device->previous);
    }
    if (!meant || job.file.rescue || target.way != "in_place") continue;
    return insist(job, fmt::format("{} is received in place: a power cut on the way leaves half of "
                                   "it, until it is sent again.",
                                   target.name));
  }
}

std::string data_line(const PushJob& job, const host::Ended& ended, std::uint64_t bytes,
                      std::string_view then) {
  const auto in_place = [&job](const host::DeviceStatus::Target& each) {
    return is_meant(job, each) && each.way == "in_place";
  };
  const std::string sent = fmt::format("{} for {} are ", human_bytes(bytes), job.target_name);
  if (ended.before && std::ranges::any_of(ended.before->targets, in_place)) {
    return sent + "in place and verified";
  }
  return fmt::format("{}received and verified; {}", sent, then);
}

}  // namespace updraft::cli
