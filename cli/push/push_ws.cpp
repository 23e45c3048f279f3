#include "cli/push/push_ws.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/push/cheapest.hpp"
#include "cli/push/push_data.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/through_rescue.hpp"
#include "host/push/ws_push.hpp"
#include "host/signing/package_check.hpp"

namespace updraft::cli {
namespace {

// How it ended, for both kinds of reader.
struct WsEnding {
  boost::json::object event;
  std::string line;
  Status status = kOk;
};

// A compressed or sealed image has no digest that could be seen running. Of a package the release's
// number decides, not the version of what is in it: the device judges that.
void describe(Bytes image, host::WsPush& push) {
  const ImageReport report = report_image(host::app_in(image));
  if (!report.verdict) return;
  push.digest = digest_prefix(report.info.digest);
  if (host::app_in(image).data() != image.data()) return;
  push.version = printable(report.info.app.version.view());
  push.project = printable(report.info.app.project_name.view());
}

// "demo 1.1.0"; empty: not known.
std::string named(const host::WsPush& push) {
  if (push.project.empty() || push.version.empty()) return push.project + push.version;
  return push.project + " " + push.version;
}

// What the device says speaks against it; a person may insist. True: push again.
bool insists(host::WsPush& push, const host::PushTo& to, const host::Ended& ended) {
  if (ended.outcome || ended.sent != 0 || !ended.before) return false;
  const std::string target = to.url.text();
  const Error& why = ended.outcome.error();
  if (why.code == Code::downgrade && !push.force) {
    return push.force = asked(fmt::format("{} runs {}, which is newer. Send this one?", target,
                                          running_line(*ended.before)));
  }
  if (why.code == Code::known_bad && !push.retry) {
    return push.retry = asked(fmt::format("{}: {} Let it in again?", target,
                                          why.reason == Reason::went_back
                                              ? "somebody went back from this image there."
                                              : "this image failed there before."));
  }
  return false;
}

// An otaError is only a word; what the device says of it in its status is better.
void tell_refusal(WsEnding& ending, const std::string& target, const host::Ended& ended,
                  const std::optional<std::string>& base) {
  ending.event["device_said"] = ended.refusal;
  ending.line =
      fmt::format("{} said \"{}\" and no more; its console tells why.", target, ended.refusal);
  if (!ended.judged) return;
  ending.event["result"] = ended.judged->result;
  ending.event["code"] = ended.judged->code;
  const std::string why = told(*ended.judged, base, *ended.before);
  ending.event["message"] = why;
  ending.line = fmt::format("{}: {}", target, why);
  if (ended.judged->result != "refused") ending.status = kFailed;
}

// `base`: as of told().
WsEnding failed(const host::PushTo& to, const host::Ended& ended,
                const std::optional<std::string>& base) {
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  WsEnding ending{result_event(ended.outcome), explain_http(error, ended, to), status_of(error)};
  if (ended.lost) {
    ending.line = fmt::format(
        "{} was told to restart and has not come back for a minute. Look at it: "
        "switched off and on, it starts an image that is whole.",
        target);
  } else if (error.code == Code::not_wanted) {
    tell_refusal(ending, target, ended, base);
  } else if (error.code == Code::known_bad) {
    ending.line =
        fmt::format("{}: {} --retry lets it in again.", target,
                    error.reason == Reason::went_back ? "somebody went back from this image there."
                                                      : "this image failed there before.");
  } else if (error.code == Code::downgrade && ended.before) {
    ending.line = fmt::format("{} runs {}, which is newer. --force sends it all the same.", target,
                              running_line(*ended.before));
  } else if (error.code == Code::alg_unsupported && ended.sent == 0 && ended.before) {
    ending.line = target + " inflates nothing, or has no memory for it now; leave --compress out.";
  } else if (error.code == Code::auth_failed) {
    ending.event["message"] = ending.line;  // it is the certificate, not a password
  } else if (error.code == Code::pending_confirm) {
    ending.line += " --pending keep or --pending rollback does it first.";
  } else if (error.code == Code::aborted && error.expected == 0) {
    ending.line = target + " closed the connection without an answer; look at the port.";
  } else if (error.code == Code::aborted) {
    ending.line = fmt::format("{} went away after {} of {}; it keeps what it runs. Send it again.",
                              target, human_bytes(error.found), human_bytes(error.expected));
  } else if (error.code == Code::rolled_back && ended.runs) {
    ending.line = fmt::format("{} It runs {}.", explain(error), running_line(*ended.runs));
    add_running(ending.event, *ended.runs);
  }
  return ending;
}

// What an original device shows, which asks about an image on trial and tells no more.
std::string trial_line(host::Trial trial, const std::string& target) {
  if (trial == host::Trial::kept) return " Its image was on trial and is confirmed.";
  if (trial == host::Trial::unknown) return "";
  return " Its image is on trial: the next reset goes back, unless you updraft confirm " + target;
}

void add_trial(boost::json::object& event, host::Trial trial) {
  if (trial != host::Trial::unknown) {
    event["state"] = trial == host::Trial::kept ? "valid" : "pending_verify";
  }
}

WsEnding went_well(const PushJob& job, const host::Ended& ended, std::size_t image_bytes) {
  const std::string target = job.target.text();
  const bool rescue = job.file.rescue;
  WsEnding ending{result_event(Result<>{}), "", kOk};
  const std::string in_place =
      fmt::format("the rescue app, {}, is in place and verified; ", human_bytes(image_bytes));
  if (rescue && ended.reached != host::Reached::restarted) {
    ending.line =
        in_place + "the device takes the next update after a restart (--restart asks for it)";
    return ending;
  }
  if (ended.reached == host::Reached::current) {
    ending.event["result"] = "current";
    ending.line = "the device runs this already; nothing was changed (--force sends it again)";
    if (ended.runs) add_running(ending.event, *ended.runs);
    return ending;
  }
  if (ended.reached != host::Reached::restarted && job.is_data()) {
    ending.line = data_line(
        job, ended, image_bytes,
        "the device puts them into use at its next restart, if not before (--restart asks for it)");
  } else if (ended.reached != host::Reached::restarted) {
    ending.line = fmt::format(
        "{} are in place and verified; the device starts the new image at its "
        "next restart (--restart asks for it).",
        human_bytes(image_bytes));
  } else if (!ended.runs) {
    add_trial(ending.event, ended.trial);
    ending.line =
        "The device is back. It has no status page, so it does not say which version runs." +
        trial_line(ended.trial, target);
  } else {
    ending.line = (rescue ? in_place : "") + "running " + running_line(*ended.runs);
    add_running(ending.event, *ended.runs);
  }
  return ending;
}

}  // namespace

void WsPushDoor::add_options(CLI::App& command) {
  const char* group = "To ws:// and wss://";
  command
      .add_flag("--restart", restart_, "restart into the new image and say which version runs then")
      ->group(group);
  command.add_flag("--confirm", confirm_, "restart, and confirm the new image as soon as it runs")
      ->group(group);
  command
      .add_option("--pending", pending_,
                  "an image that is still on trial there: keep it, or roll it back, then send")
      ->check(CLI::IsMember({"keep", "rollback"}))
      ->group(group);
  command
      .add_flag("--force", force_,
                "send it also if the device runs it already, or runs a newer version")
      ->group(group);
  command
      .add_flag("--compress", compress_,
                "send it packed, with the window that the device says it has memory for")
      ->group(group);
  command
      .add_flag("--plain", plain_,
                "send the image as it is: not the difference to what runs, and not packed")
      ->excludes("--compress")
      ->group(group);
  command.add_flag("--retry", retry_, "send it also if it was rolled back there before")
      ->group(group);
  tls_.add_options(command, "wss");
  password_.add_options(command, "ws");
}

std::string WsPushDoor::examples() const {
  return "  updraft push build/app.bin ws://192.168.1.20 --restart\n"
         "  updraft push build/app.bin wss://192.168.1.20:8443 --fingerprint 5f82... --confirm\n";
}

int WsPushDoor::push(const PushJob& job) {
  using Pending = host::WsPush::Pending;
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const bool chooses =
      !job.is_data() && !plain_ && !compress_ && Cheapest::has_choice(job.file, image);
  const std::vector<std::byte> sent = job.is_data() ? data_payload(job.file, image, out)
                                      : chooses     ? image
                                                    : payload_of(job.file, image, true, out);
  Cheapest cheapest(job.file, image, Cheapest::AfterCut::at_a_place, out);
  host::WsPush push;
  if (chooses) push.choose = [&](const host::DeviceStatus& to) { return cheapest.choose(to); };
  push.restart = restart_;
  push.confirm = confirm_;
  if (!pending_.empty()) push.pending = pending_ == "keep" ? Pending::keep : Pending::go_back;
  push.trust = tls_.read(job.target);
  push.force = force_;
  push.retry = retry_;
  push.compress = compress_;
  if (job.is_data()) push.target = job.target_name;
  bool meant = false;  // asked once, also where it goes on through the rescue app
  push.judge_target = [&](const host::DeviceStatus& device) {
    if (!std::exchange(meant, true)) ask_about_target(job, &device);
  };
  push.one_way = job.one_way;
  const std::string target = job.target.text();
  std::optional<std::string> password;  // that was asked for
  push.password = [&] {
    if (!password) password = read_password(password_.given(), Ask::yes, target);
    return *password;
  };
  if (!job.is_data() && !job.file.rescue) describe(image, push);
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::PushTo to = job.to(printer);
  host::Ended ended = host::push_through_rescue(push, to, sent);
  throw_if_stopped(ended, named(push));
  while (cheapest.falls_back(ended) || (!job.json && insists(push, to, ended))) {
    ended = host::push_through_rescue(push, to, sent);
    throw_if_stopped(ended, named(push));
  }
  if (password_.is_given() && !password && ended.before) {
    Output::warn(target + " asks for no password; it was not used");
  }
  const WsEnding ending = ended.outcome ? went_well(job, ended, image.size())
                                        : failed(to, ended, base_of(job.file, image));
  out.event(ending.event);
  if (ended.outcome && ended.runs) warn_of_rescue(*ended.runs, ended.before);
  if (ended.outcome) {
    out.item("done", ending.line);
  } else {
    Output::fail(ending.line);
  }
  return ending.status;
}

}  // namespace updraft::cli
