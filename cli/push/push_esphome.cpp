#include "cli/push/push_esphome.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/nobody_answers.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/esphome_push.hpp"

namespace updraft::cli {
namespace {

std::string_view login_word(const host::EsphomePush& push) {
  if (!push.hash) return "none";
  return *push.hash == link::EsphomeHash::md5 ? "md5" : "sha256";
}

// "version 2, login by SHA-256, extended header"
std::string generation(const host::EsphomePush& push) {
  return fmt::format("version {}, {}{}{}{}", push.version,
                     !push.hash ? "no login"
                     : *push.hash == link::EsphomeHash::md5
                         ? "login by MD5, as ESPHome before 2025.10"
                         : "login by SHA-256",
                     push.extended ? ", extended header" : "", push.gzip ? ", gzip" : "",
                     push.key ? ", Noise" : "");
}

std::string_view said(std::uint64_t byte) {
  switch (static_cast<link::EsphomeSays>(byte)) {
    case link::EsphomeSays::not_prepared:
      return "it could not prepare its flash: another update runs, or it wants a restart first";
    case link::EsphomeSays::not_ended:
      return "it judged the file and does not take it; its log tells why";
    case link::EsphomeSays::md5_wrong:
      return "the bytes arrived damaged; send again";
    case link::EsphomeSays::signature_wrong:
      return "it takes signed files only, and this has no signature that it trusts";
    case link::EsphomeSays::older:
      return "it refuses what is older than what runs";
    case link::EsphomeSays::encryption_wanted:
      return "it insists on Noise encryption: --esphome-key";
    case link::EsphomeSays::no_space:
      return "its slot is too small for this file";
    default:
      return "";
  }
}

std::string esphome_failure(const host::PushTo& to, const host::EsphomePush& push,
                            const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  const std::string target = to.url.text();
  if (error.code == Code::unreachable) return nobody_answers(to.url, to.wait, error);
  if (push.key && error.code == Code::auth_failed) {
    return target + " has another key; --esphome-key is that of its configuration";
  }
  if (error.code == Code::alg_unsupported && error.where == Where::link) {
    return target +
           " offers no Noise encryption, so nothing was sent; without --esphome-key it "
           "would go in the clear";
  }
  if (error.code == Code::auth_failed && push.password.empty()) {
    return target + " asks for a password: --password-file, UPDRAFT_PASSWORD or --password";
  }
  if (error.code == Code::aborted && error.expected > 0 && error.found == error.expected) {
    return fmt::format(
        "{} took the file and closed without a result. It may be starting the new image: look at "
        "it before you send it again.",
        target);
  }
  if (error.where != Where::device) return fmt::format("{}: {}", target, explain(error));
  const std::string_view words = said(error.found);
  if (!words.empty()) return fmt::format("{}: {} (0x{:02X})", target, words, error.found);
  return fmt::format("{}: {} (0x{:02X})", target, sentence(error), error.found);
}

int conclude_esphome(const host::PushTo& to, const Output& out, const host::EsphomePush& push,
                     const host::Ended& ended) {
  boost::json::object event = result_event(ended.outcome);
  if (push.version != 0) {
    event["version"] = push.version;
    event["login"] = login_word(push);
    event["extended"] = push.extended;
    event["gzip"] = push.gzip;
    event["noise"] = push.key.has_value();
  }
  if (!ended.outcome) {
    const Error& error = ended.outcome.error();
    if (error.where == Where::device) event["device_said"] = fmt::format("0x{:02X}", error.found);
    out.event(event);
    Output::fail(esphome_failure(to, push, ended));
    return status_of(error);
  }
  event["sent"] = ended.sent;
  out.event(event);
  out.item("device", generation(push));
  out.item("sent",
           fmt::format("{} in {}; {} has verified it and starts it", human_bytes(ended.sent),
                       human_seconds(ended.time.count()), to.url.text()));
  return kOk;
}

}  // namespace

int EsphomePushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = read_image(job.file);
  const std::vector<std::byte> bytes = payload_of(job.file, image, false, out);
  host::EsphomePush push;
  push.key = read_noise_key(key_);
  push.password = push.key ? "" : known_password(password_.given());
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::PushTo to = job.to(printer);
  const auto attempt = [&] {
    host::Payload payload(bytes);
    return push.push(to, payload);
  };
  host::Ended ended = attempt();
  const bool asks = !push.key && !ended.outcome && ended.outcome.error().code == Code::auth_failed;
  if (asks && push.password.empty() && isatty(STDIN_FILENO) != 0) {
    push.password = read_password(password_.given(), Ask::yes, "esphome");
    ended = attempt();
  }
  throw_if_stopped(ended);
  return conclude_esphome(to, out, push, ended);
}

}  // namespace updraft::cli
