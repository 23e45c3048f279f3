#include "cli/tls_options.hpp"

#include <fmt/format.h>

#include "cli/nobody_answers.hpp"
#include "cli/words/fingerprint.hpp"
#include "cli/words/shared_option.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

std::string explain_status(const Error& error, const host::Url& url) {
  if (error.found == 421) {
    return fmt::format(
        "{} does not go by that name. Use its address, or start it with --host-name {}.",
        url.text(), url.host);
  }
  if (error.found == 401 || error.found == 403) {
    return fmt::format("{} answered with HTTP status {}: something before it asks for a login.",
                       url.text(), error.found);
  }
  return fmt::format("{} answered with HTTP status {}: there is no WebSocket at that path.",
                     url.text(), error.found);
}

}  // namespace

void SharedTls::add_options(CLI::App& command, const std::string& word) {
  CLI::Option* const fingerprint = share(command, "--fingerprint", word, [&] {
    return command.add_option("--fingerprint")
        ->type_name("SHA256")
        ->description(
            "with TLS: the SHA-256 of the certificate, which a device prints at its start");
  });
  fingerprint_ = fingerprint;
  insecure_ = share(command, "--insecure", word, [&] {
    return command.add_flag("--insecure")
        ->excludes(fingerprint)
        ->description("with TLS: take any certificate");
  });
}

host::TlsTrust SharedTls::read(const host::Url& url) const {
  if (fingerprint_ == nullptr) return {};
  const bool by_fingerprint = fingerprint_->count() > 0;
  host::TlsTrust trust{.anybody = insecure_->count() > 0, .fingerprint = {}};
  if (!url.tls && (trust.anybody || by_fingerprint)) {
    throw Stop(kUsage,
               fmt::format("--fingerprint and --insecure are for {}://; {}:// encrypts nothing",
                           word_of(*url.scheme, true), url.word));
  }
  if (by_fingerprint) {
    trust.fingerprint = read_fingerprint(fingerprint_->results().back(), "the device");
  }
  return trust;
}

std::string explain_http(const Error& error, const host::Ended& ended, const host::PushTo& to) {
  const std::string target = to.url.text();
  if (error.code == Code::unreachable) return nobody_answers(to.url, to.wait, error);
  // Who has told its status has shown a certificate that was taken.
  if (error.code == Code::auth_failed && ended.certificate && !ended.before) {
    return fmt::format(
        "{} shows a certificate that is not trusted, {}. Compare it with what the "
        "device printed at its start; if it is the same, add --fingerprint and it.",
        target, hex(*ended.certificate));
  }
  if (error.code == Code::http_status) return explain_status(error, to.url);
  if (error.code == Code::protocol && to.url.tls) {
    return fmt::format("{} did not speak as expected; is it ws:// in place of wss://?", target);
  }
  return fmt::format("{}: {}", target, explain(error));
}

}  // namespace updraft::cli
