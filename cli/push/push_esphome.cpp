#include "cli/push/push_esphome.hpp"

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/push/push_verified.hpp"
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
  if (push.key && error.code == Code::auth_failed) {
    return target + " has another key; --esphome-key is that of its configuration";
  }
  if (error.code == Code::alg_unsupported && error.where == Where::link) {
    return target +
           " offers no Noise encryption, so nothing was sent; without --esphome-key it "
           "would go in the clear";
  }
  if (std::string usual = usual_failure(to, ended, !push.password.empty()); !usual.empty()) {
    return usual;
  }
  if (error.where != Where::device) return fmt::format("{}: {}", target, explain(error));
  const std::string_view words = said(error.found);
  if (!words.empty()) return fmt::format("{}: {} (0x{:02X})", target, words, error.found);
  return fmt::format("{}: {} (0x{:02X})", target, sentence(error), error.found);
}

VerifiedEnd esphome_end(const host::PushTo& to, const host::EsphomePush& push,
                        const host::Ended& ended) {
  VerifiedEnd end{result_event(ended.outcome), "", "device", generation(push)};
  if (push.version != 0) {
    end.event["version"] = push.version;
    end.event["login"] = login_word(push);
    end.event["extended"] = push.extended;
    end.event["gzip"] = push.gzip;
    end.event["noise"] = push.key.has_value();
  }
  if (ended.outcome) return end;
  const Error& error = ended.outcome.error();
  if (error.where == Where::device) end.event["device_said"] = fmt::format("0x{:02X}", error.found);
  end.failure = esphome_failure(to, push, ended);
  return end;
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
  const host::Ended ended =
      push_and_ask(to, push, bytes, push.key ? nullptr : &push.password, password_.given());
  return conclude_verified(out, to, ended, esphome_end(to, push, ended));
}

}  // namespace updraft::cli
