#include "cli/device/device_printer.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/image_report.hpp"
#include "cli/words/qr_code.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint64_t kProgressStep = 64 * 1024;  // bytes between two progress events

double milliseconds(sim::Nanos time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

boost::json::object flash_json(const sim::OperationStats& kind) {
  return {{"count", kind.count}, {"bytes", kind.bytes}, {"ms", milliseconds(kind.time)}};
}

}  // namespace

void DevicePrinter::tell(const boost::json::object& event) {
  out_.event(event);
  remember(boost::json::serialize(event));
}

void DevicePrinter::on_pairing(std::string_view id, std::string_view line) {
  out_.event({{"event", "pairing"}, {"id", id}, {"string", line}});
  out_.item("pairing", "on the computer that shall update this device:");
  if (out_.json()) return;
  Output::draw(fmt::format("updraft pair '{}'\n", line));  // to be copied: the terminal may wrap it
  draw_qr_code(line);
}

void DevicePrinter::on_boot(const sim::BootedApp& app, const std::optional<DamagedRecord>& damaged,
                            const std::optional<Release>& signed_as) {
  boost::json::object more{
      {"trust", name(signed_as ? Trust::signed_image : Trust::unsigned_image)}};
  if (signed_as) more["sequence"] = signed_as->sequence;
  if (!damaged) return tell_app("boot", app, more);
  more["damaged_record"] = damaged->place;
  const std::string chose = damaged->chose ? printable(damaged->chose->label.view()) : "";
  if (damaged->chose) more["it_chose"] = chose;
  tell_app("boot", app, more);
  out_.item("", fmt::format("record {} of otadata is damaged{}; the other one was followed",
                            damaged->place, chose.empty() ? "" : ": it chose " + chose));
}
void DevicePrinter::on_holds_key_set(std::uint64_t version, std::uint64_t not_before, bool whole) {
  boost::json::object event{{"event", "keyset"}, {"version", version}};
  if (not_before != 0) event["not_before"] = not_before;
  if (!whole) event["damaged_record"] = true;
  tell(event);
  if (!whole) Output::warn("one of the two records of the KeySet is damaged; the other one holds");
  out_.item("keyset",
            fmt::format("version {}: only signed packages are taken; console: arm", version));
}
void DevicePrinter::on_status(const sim::BootedApp& app) { tell_app("status", app); }

void DevicePrinter::tell_app(std::string_view event, const sim::BootedApp& app,
                             const boost::json::object& more) {
  const format::ImageInfo& image = app.image;
  const std::string slot = printable(app.partition.label.view());
  const std::string version = printable(image.app.version.view());
  const std::string project = printable(image.app.project_name.view());
  running_ = image_title(image);
  boost::json::object told{{"event", event},
                           {"slot", slot},
                           {"version", version},
                           {"project", project},
                           {"chip", format::chip_name(image.header.chip_id)},
                           {"digest", digest_prefix(image.digest)},
                           {"state", name(app.state)}};
  for (const auto& member : more) told.insert(member);
  tell(told);
  out_.item(event, fmt::format("{}: {}, {}", slot, image_title(image), name(app.state)));
}

void DevicePrinter::on_no_boot(const Error& error, const std::vector<std::string>& trace) {
  tell({{"event", "no_boot"}, {"code", name(error.code)}, {"message", explain(error)}});
  for (const std::string& line : trace) out_.item("boot", line);
  out_.item("boot", "nothing boots: " + explain(error));
}

void DevicePrinter::tell_listening(const device::Listening& listening) {
  const bool tls = listening.fingerprint.has_value();
  const bool serial = listening.scheme->carrier == Carrier::serial;
  const std::string scheme(word_of(*listening.scheme, tls));
  boost::json::object event{
      {"event", "listening"}, {"scheme", scheme}, {"address", listening.address}};
  if (!serial) event["port"] = listening.port;
  event["policy"] = name(listening.policy);
  if (tls) event["fingerprint"] = hex(*listening.fingerprint);
  tell(event);
  std::string shown = listening.shown;
  if (shown.empty() && serial) shown = scheme + ":" + listening.address;
  if (shown.empty())
    shown = fmt::format("{}://{}:{}", scheme, host_of_url(listening), listening.port);
  out_.item("listening", shown);
  if (tls) out_.item("", "certificate " + hex(*listening.fingerprint));
  if (listening.policy == Trust::unsigned_image) {
    Output::warn(fmt::format("{} takes unsigned images from anybody who can {}", scheme,
                             serial ? "open " + listening.address : "connect"));
  }
}

void DevicePrinter::on_announced(const std::string& name) {
  tell({{"event", "announced"}, {"name", name}, {"host", name + ".local"}});
  out_.item("announced",
            fmt::format("{0}: updraft find lists it; {0}.local is its host name", name));
}

void DevicePrinter::on_pulling(std::string_view from) {
  tell({{"event", "pulling"}, {"from", from}});
  out_.item("pull", std::string(from));
}

void DevicePrinter::on_pulled(std::string_view from, std::string_view result, const Result<>& why,
                              Millis next) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(next).count();
  boost::json::object event{{"event", "pulled"}, {"from", from}, {"result", result}};
  if (!why) event["code"] = name(why.error().code);
  if (!why) event["message"] = explain(why.error());
  event["next"] = seconds;
  tell(event);
  if (result == "installed" || result == "current") return;  // the update's own line says it
  const std::string what = why ? "nothing new" : explain(why.error());
  out_.item("pull", fmt::format("{} Asks again in {}.", why ? what + "." : what,
                                human_seconds(static_cast<double>(seconds))));
}

void DevicePrinter::on_fresh(const Result<Freshness>& token) {
  boost::json::object event{{"event", "fresh"}, {"result", token ? "ok" : "failed"}};
  if (token) {
    event["now"] = token->now;
    event["newer"] = token->newer;
  } else {
    event["code"] = name(token.error().code);
    event["message"] = explain(token.error());
  }
  out_.event(event);
  if (token && !token->newer) return;
  out_.item("fresh", token ? std::string("the server has something newer; it is asked for.")
                           : "is it the newest? " + explain(token.error()));
}

void DevicePrinter::on_stale(Millis since) {
  const auto days = std::chrono::duration_cast<std::chrono::days>(since).count();
  out_.event({{"event", "stale"}, {"days", days}});
  Output::warn(
      fmt::format("for {} days no server has shown that this is the newest release; "
                  "somebody may keep it from the device",
                  days));
}

void DevicePrinter::on_pull_given_up(std::string_view from, unsigned attempts) {
  tell({{"event", "pull_given_up"}, {"from", from}, {"attempts", attempts}});
  out_.item("pull", fmt::format("gave up on {} after {} attempts; look at the server, then switch "
                                "the device off and on",
                                from, attempts));
}

void DevicePrinter::on_progress(std::uint64_t received, std::uint64_t total) {
  if (!out_.json()) return bar_.show(received, total);
  received_ = received;
  total_ = total;
  const bool first = reported_ == 0;
  if (first || received - reported_ >= kProgressStep) report_progress();
}

void DevicePrinter::report_progress() {
  if (received_ == reported_) return;
  reported_ = received_;
  boost::json::object progress{{"event", "progress"}, {"received", received_}, {"total", total_}};
  if (modelled_) progress["modelled_ms"] = milliseconds(*modelled_);
  out_.event(progress);
}

// The last progress is printed before the result, however small the step.
void DevicePrinter::finish_progress() {
  bar_.finish();
  report_progress();
  received_ = reported_ = 0;
}

void DevicePrinter::on_installed(const Installed& installed,
                                 const std::optional<Release>& signed_as) {
  finish_progress();
  const std::string slot = printable(installed.slot.label.view());
  boost::json::object event{{"event", "update"},
                            {"result", "ok"},
                            {"slot", slot},
                            {"version", printable(installed.image.app.version.view())},
                            {"digest", digest_prefix(installed.image.digest)},
                            {"scheme", name(installed.session.scheme)},
                            {"trust", name(installed.trust)}};
  if (signed_as) event["sequence"] = signed_as->sequence;
  tell(event);
  out_.item("update", fmt::format("ok: {} is in {}", image_title(installed.image), slot));
}

void DevicePrinter::on_files_installed(const FilesInstalled& installed) {
  bar_.finish();
  reported_ = 0;
  tell({{"event", "update"},
        {"result", installed.changed ? "ok" : "current"},
        {"files", installed.count},
        {"scheme", name(installed.session.scheme)},
        {"trust", name(installed.trust)}});
  const bool one = installed.count == 1;  // also the content of a data partition
  const std::string files = fmt::format("{} {}", installed.count, one ? "file" : "files");
  out_.item("update", installed.changed
                          ? fmt::format("ok: {} {} taken", files, one ? "was" : "were")
                          : fmt::format("{} {} there already; nothing was changed", files,
                                        one ? "is" : "are"));
}

void DevicePrinter::on_part(const parts::PartNews& news) {
  bar_.finish();
  const std::string label = printable(news.label);
  boost::json::object event{
      {"event", "part"}, {"label", label}, {"state", name(news.state)}, {"total", news.bytes}};
  const bool known = news.digest != crypto::Sha256Digest{};
  if (known) event["digest"] = digest_prefix(news.digest);
  out_.event(event);
  const auto words = [&news]() -> std::string_view {
    switch (news.state) {
      case parts::PartState::staged:
        return "received; the next start puts it into its place";
      case parts::PartState::copying:
        return "is being put into its place";
      case parts::PartState::ready:
        return "is in its place";
      case parts::PartState::incomplete:
        return "is not whole; send it again";
      case parts::PartState::waiting:
        return "waits: the app has to be confirmed first, it is in use, or there is no room to go "
               "back";
      case parts::PartState::restored:
        return "holds the data from before again";
    }
    return "";
  };
  out_.item("part", fmt::format("{} {}", label, words()));
}

void DevicePrinter::on_current(const Session& session, const format::ImageInfo& image) {
  finish_progress();
  tell({{"event", "update"},
        {"result", "current"},
        {"version", printable(image.app.version.view())},
        {"digest", digest_prefix(image.digest)},
        {"scheme", name(session.scheme)}});
  out_.item("update", image_title(image) + " runs already; nothing was changed");
}

void DevicePrinter::on_key_set(const Session& session, std::uint64_t version) {
  finish_progress();
  tell({{"event", "update"},
        {"result", "ok"},
        {"keyset", version},
        {"scheme", name(session.scheme)},
        {"trust", name(Trust::signed_image)}});
  out_.item("update", fmt::format("ok: the device trusts KeySet {}", version));
}

void DevicePrinter::on_rescue(RescueReason reason) {
  out_.event({{"event", "rescue"}, {"reason", name(reason)}});
  constexpr std::string_view kTexts[] = {"the app crashed three times in a row",
                                         "the new app was not confirmed", "somebody asked for it",
                                         "an update waits to be sent again"};
  out_.item("rescue", std::string(kTexts[static_cast<std::size_t>(reason)]));
}

void DevicePrinter::on_rescue_broken() {
  out_.event({{"event", "rescue"}, {"code", name(Code::rescue_broken)}});
  out_.item("rescue", "the rescue app is not whole: its update was cut off; send it again");
}

void DevicePrinter::on_rescue_too_old(std::string_view version, std::string_view wanted) {
  const std::string is = printable(version);
  out_.event(
      {{"event", "rescue"}, {"code", "too_old"}, {"version", is}, {"wanted", std::string(wanted)}});
  out_.item("rescue", fmt::format("the rescue app is {}, and the app needs {}: push a newer one "
                                  "--to rescue",
                                  is, wanted));
}

void DevicePrinter::on_armed(std::uint32_t seconds) {
  tell({{"event", "armed"}, {"seconds", seconds}});
  out_.item("armed",
            fmt::format("for {} s, or one update: what is not signed comes in as the options say",
                        seconds));
}

void DevicePrinter::on_disarmed() {
  tell({{"event", "disarmed"}});
  out_.item("disarmed", "only signed packages are taken");
}

void DevicePrinter::on_ended(const Session& session, const Error& error) {
  if (session.id == shown_) finish_progress();  // else somebody else's update may go on
  tell({{"event", "update"},
        {"result", verdict_name(error)},
        {"code", name(error.code)},
        {"message", explain(error)},
        {"scheme", name(session.scheme)},
        {"where", name(error.where)},
        {"found", error.found},
        {"expected", error.expected}});
  out_.item("update", fmt::format("{}: {}", verdict_name(error), explain(error)));
}

void DevicePrinter::on_strangers(std::uint64_t connections) {
  tell({{"event", "strangers"}, {"connections", connections}});
  out_.item("strangers", fmt::format("{} that {} no update",
                                     connections == 1 ? "a connection"
                                                      : fmt::format("{} connections", connections),
                                     connections == 1 ? "was" : "were"));
}

void DevicePrinter::on_confirmed() {
  tell({{"event", "confirm"}});
  out_.item("confirm", running_ + " stays");
}

void DevicePrinter::on_rolled_back(std::string_view label, std::string_view reason) {
  const std::string to = printable(label);
  tell({{"event", "rollback"}, {"to", to}, {"reason", reason}});
  out_.item("rollback", fmt::format("to {}: {}", to, reason));
}

void DevicePrinter::on_remembered(const Remembered& image) {
  const std::string digest = digest_prefix(image.image);
  tell({{"event", "remember"}, {"digest", digest}, {"why", name(image.why)}});
  const std::string_view what =
      image.why == RolledBack::failed ? "failed its trial" : "was not wanted";
  out_.item("remember", fmt::format("{} {}; it is refused from now on (console: retry {})", digest,
                                    what, digest));
}

void DevicePrinter::on_let_in(const crypto::Sha256Digest& digest) {
  tell({{"event", "let_in"}, {"digest", digest_prefix(digest)}});
  out_.item("let in", digest_prefix(digest) + " may be installed again");
}

void DevicePrinter::on_reboot(std::string_view reason) {
  tell({{"event", "reboot"}, {"reason", reason}});
  out_.item("reboot", reason);
}

void DevicePrinter::on_modelled(sim::Nanos so_far) {
  modelled_ = so_far;
  bar_.note(fmt::format(", {:.1f} s modelled", milliseconds(so_far) / 1000));
}

void DevicePrinter::on_flash_time(const device::UpdateTime& time) {
  const sim::FlashStats& flash = time.flash;
  modelled_.reset();
  out_.event({{"event", "flash_time"},
              {"ms", milliseconds(time.total)},
              {"network_ms", milliseconds(time.network)},
              {"erase_ms", milliseconds(flash.erase_time())},
              {"program_ms", milliseconds(flash.program.time)},
              {"read_ms", milliseconds(flash.read.time - time.verify)},
              {"verify_ms", milliseconds(time.verify)},
              {"longest_call_ms", milliseconds(flash.longest_stretch)},
              {"erase_sector", flash_json(flash.erase_sector)},
              {"erase_half_block", flash_json(flash.erase_half_block)},
              {"erase_block", flash_json(flash.erase_block)},
              {"program", flash_json(flash.program)},
              {"read", flash_json(flash.read)}});
  const auto seconds = [](sim::Nanos part) { return milliseconds(part) / 1000; };
  out_.item("flash",
            fmt::format("{:.2f} s modelled: network {:.2f}, erase {:.2f}, program {:.2f}, "
                        "read {:.2f}, verify {:.2f}; at most {:.0f} ms without a yield",
                        seconds(time.total), seconds(time.network), seconds(flash.erase_time()),
                        seconds(flash.program.time), seconds(flash.read.time - time.verify),
                        seconds(time.verify), milliseconds(flash.longest_stretch)));
}

void DevicePrinter::on_warning(std::string_view text) { Output::warn(text); }

}  // namespace updraft::cli
