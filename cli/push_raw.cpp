#include "cli/push_raw.hpp"

#include <fmt/format.h>

#include "cli/sending.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::cli {
namespace {

std::string closing_line(const Url& target, std::uint64_t bytes, double seconds) {
  return fmt::format(
      "{} in {} to {}. Raw TCP brings no answer: the device's console says how it went.",
      human_bytes(bytes), human_seconds(seconds), target.text());
}

std::string failure_line(const Url& target, const Error& error, unsigned waited) {
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target.text(), waited, explain(error));
  }
  if (error.code == Code::aborted) {
    return fmt::format(
        "{} closed the connection after {} of {}: it refused the file or went away; "
        "its console says which.",
        target.text(), human_bytes(error.found), human_bytes(error.expected));
  }
  return fmt::format("{}: {}", target.text(), explain(error));
}

}  // namespace

std::string RawPushDoor::examples() const {
  return "  updraft push build/app.bin raw://192.168.1.20\n"
         "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin\n"
         "  UPDRAFT_AES_KEY=... updraft push app.bin raw://dev.local:18000 --aes-iv "
         "0123456789012345\n";
}

int RawPushDoor::push(const PushJob& job) {
  const std::optional<link::RawCipher> cipher = read_cipher(cipher_);
  const Output out(job.json);
  host::Payload payload = open_payload(job.file, out);
  link::RawSender sender(payload, cipher ? &*cipher : nullptr);
  const Sent sent = send(job, out, sender, [&sender] {
    const bool known = sender.total() != link::kUnknownSize;
    return SendProgress::State{sender.sent(), known ? sender.total() : 0};
  });
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  out.event(result_event(sent.outcome));
  if (sent.stopped) {
    Output::fail("stopped; the device keeps what it runs");
    return kFailed;
  }
  if (!sent.outcome) {
    Output::fail(failure_line(job.target, sent.outcome.error(), job.wait_seconds));
    return status_of(sent.outcome.error());
  }
  out.item("sent", closing_line(job.target, sender.sent(), sent.time.count()));
  return kOk;
}

}  // namespace updraft::cli
