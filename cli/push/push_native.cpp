#include "cli/push/push_native.hpp"

#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/nobody_answers.hpp"
#include "cli/push/cheapest.hpp"
#include "cli/push/follow_log.hpp"
#include "cli/push/native_place.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/running.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/core/hex.hpp"
#include "host/push/native_push.hpp"
#include "host/push/through_rescue.hpp"
#include "host/signing/package_parts.hpp"

namespace updraft::cli {
namespace {

constexpr std::string_view kDataPrefix = "fs:";

std::string failure_line(const host::PushTo& to, const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  switch (error.code) {
    case Code::unreachable:
      return nobody_answers(to.url, to.wait, error);
    case Code::not_paired:
      return target +
             " knows another pairing; let it show a new one (unpair on its console), "
             "then updraft pair";
    case Code::timeout:
      if (error.where != Where::boot) break;
      if (ended.lost) return target + " was told to restart and is not back after a minute";
      return fmt::format("{} runs {}, and nobody has confirmed it; --confirm does", target,
                         ended.runs ? running_line(*ended.runs) : "the image");
    case Code::rolled_back:
      if (!ended.runs) break;
      return fmt::format("{} {} runs {}.", explain(error), target, running_line(*ended.runs));
    default:
      break;
  }
  return fmt::format("{}: {}", target, explain(error));
}

boost::json::object event_of(const host::NativePush& push, const host::Ended& ended) {
  boost::json::object event = result_event(ended.outcome);
  if (ended.reached == host::Reached::current) event["result"] = "current";
  event["id"] = std::string(push.pairing.id.view());
  event["data_bytes"] = push.data_bytes;
  event["total_bytes"] = push.total_bytes;
  event["connections"] = push.connections;
  if (push.key_set != 0) event["keyset"] = push.key_set;
  if (ended.runs) add_running(event, *ended.runs);
  return event;
}

std::string done_line(const host::NativePush& push, const host::Ended& ended) {
  if (ended.reached == host::Reached::current) {
    return "the device runs this already; nothing was sent";
  }
  if (push.key_set != 0) return fmt::format("the device holds KeySet {}", push.key_set);
  const std::string sent =
      fmt::format("{} of {} were sent in {}", human_bytes(push.data_bytes),
                  human_bytes(push.total_bytes), human_seconds(ended.time.count()));
  if (ended.runs) return fmt::format("running {}; {}", running_line(*ended.runs), sent);
  return fmt::format("installed, and starts at the next restart; {}", sent);
}

int conclude(const host::PushTo& to, const Output& out, const host::NativePush& push,
             const host::Ended& ended) {
  boost::json::object event = event_of(push, ended);
  if (ended.outcome) {
    out.event(event);
    out.item("done", done_line(push, ended));
    return kOk;
  }
  const std::string line = failure_line(to, ended);
  event["message"] = line;
  out.event(event);
  Output::fail(line);
  return status_of(ended.outcome.error());
}

host::Id class_of(std::string_view hex_digits) {
  host::Id id{};
  (void)read_hex(hex_digits, id);  // a device of no product wants none
  return id;
}

// What is sent, as long as the push lasts.
class PushedParts {
 public:
  // `cheapest`: nullptr: there is no choice. `label`: of the partition that the file is for; empty:
  // the app, or what the package says.
  PushedParts(Bytes image, const std::string& file, Cheapest* cheapest, std::string label)
      : image_(image), file_(file), cheapest_(cheapest), label_(std::move(label)) {}
  host::NativePush::Parts make(Bytes sent, const host::DeviceStatus& device,
                               std::string_view class_id) {
    if (cheapest_ != nullptr) sent = cheapest_->choose(device);
    parts_ = parts_for(sent, class_of(class_id));
    host::NativePush::Parts parts{parts_.head, parts_.index, parts_.transfer};
    for (std::size_t i = 0; i < parts_.more.size(); ++i) {
      parts.more[i] = {parts_.more[i].index, parts_.more[i].transfer};
    }
    return parts;
  }

 private:
  host::PackageParts parts_for(Bytes sent, const host::Id& device_class) const {
    if (!label_.empty()) return host::unsigned_data_parts(label_, sent, device_class);
    const bool is_package = classify(at_most(sent, kClassifyBytes)) == PayloadClass::signed_package;
    if (is_package) return host::parts_of(sent, file_);
    return host::unsigned_parts(installed_image(image_, file_, {}), sent, device_class);
  }

  Bytes image_;
  const std::string& file_;
  Cheapest* cheapest_;
  std::string label_;
  host::PackageParts parts_;
};

// What names() has let in.
std::string label_of(const PushJob& job) {
  return job.is_data() ? job.target_name.substr(kDataPrefix.size()) : std::string();
}

// An option of another protocol, which is one here too.
void also_here(CLI::Option& option) {
  option.description(option.get_description() + "; updraft:// as well");
}

}  // namespace

// A package has the label, so "fs" alone says too little.
bool NativePushDoor::names(std::string_view target) const {
  return target.starts_with(kDataPrefix);
}

void NativePushDoor::add_options(CLI::App& command) {
  const char* group = "To updraft://";
  command.add_option("--id", id_, "which of the paired devices it is, where that is in doubt")
      ->type_name("ID")
      ->group(group);
  command
      .add_flag("--no-wait", no_wait_, "end once the image is installed, before it is confirmed")
      ->group(group);
  command.add_flag("--log", log_, "then show what the device tells of itself, until Ctrl-C")
      ->group(group);
  plain_ = command.get_option("--plain");
  also_here(*plain_);
  restart_ = command.get_option("--restart");
  restart_->description(restart_->get_description() + "; updraft:// does without being asked");
  confirm_ = command.get_option("--confirm");
  also_here(*confirm_);
}

int NativePushDoor::push(const PushJob& job) {
  const Output out(job.json);
  if (job.is_data() && !job.file.delta_from.empty()) {
    throw Stop(kUsage, "--delta-from: a package of data is sent whole; ws:// takes a patch of it");
  }
  if (job.one_way) throw Stop(kUsage, "--one-way: no package can say that; ws:// can");
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const bool chooses =
      !job.is_data() && plain_->count() == 0 && Cheapest::has_choice(job.file, image);
  const std::vector<std::byte> sent =
      job.is_data() || chooses ? image : payload_of(job.file, image, false, out);
  Cheapest cheapest(job.file, image, Cheapest::AfterCut::by_chunks, out);
  host::Pairings pairings;
  NativePlace place = native_place(job.target, id_, pairings);
  PushedParts parts(image, job.file.name, chooses ? &cheapest : nullptr, label_of(job));
  host::NativePush push;
  push.wait = !no_wait_ && !job.file.rescue;  // which is not what runs then
  push.restart = push.wait || job.file.rescue || restart_->count() != 0;
  push.confirm = confirm_->count() != 0;
  push.parts = [&parts](Bytes payload, const host::DeviceStatus& device, std::string_view of) {
    return parts.make(payload, device, of);
  };
  PushPrinter printer(out, job.target.host);
  const auto attempt = [&](host::PushTo& to) {
    const Interrupt interrupt;
    to.url = place.url;
    push.pairing = place.device.pairing;
    return host::push_through_rescue(push, to, sent);
  };
  host::PushTo to = job.to(printer);
  host::Ended ended = attempt(to);
  const bool moved = place.remembered && !ended.outcome && ended.sent == 0 &&
                     ended.outcome.error().code == Code::unreachable;
  if (moved) {
    place = native_place(job.target, id_, pairings, true);
    ended = attempt(to);
  }
  while (cheapest.falls_back(ended)) ended = attempt(to);
  if (ended.before) pairings.reached(place.device.id(), host_port(place.url));
  throw_if_stopped(ended);
  const bool follows = log_ && ended.outcome.has_value();
  const auto follow = [&] { follow_log(to, place.device, out); };
  if (follows && out.json()) follow();  // its last object is the result
  const int status = conclude(to, out, push, ended);
  if (follows && !out.json()) follow();
  return status;
}

}  // namespace updraft::cli
