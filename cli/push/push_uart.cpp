#include "cli/push/push_uart.hpp"

#include <cstring>

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/push/push_silent.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/uart_push.hpp"
#include "host/serial_device.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint64_t kTellEvery = 64 * 1024;  // a piece is too little for a line

std::string no_answer(const std::string& device, const host::Ended& ended) {
  const std::string said =
      ended.refusal.empty() ? "" : fmt::format(" The line says \"{}\".", ended.refusal);
  if (ended.sent == 0) {
    return fmt::format(
        "{} did not confirm the first piece within 30 s: it refused the image, as its console "
        "says, or does not listen; look at the wiring and at --baud. One with a single slot has "
        "restarted into its rescue app, which takes the same image: send it again.{}",
        device, said);
  }
  return fmt::format(
      "{} stopped confirming after {}: it refused the image, or bytes were lost; its console says "
      "which.{}",
      device, human_bytes(ended.sent), said);
}

std::string why_not_taken(const std::string& device, const host::Ended& ended) {
  const Error& error = ended.outcome.error();
  switch (error.code) {
    case Code::unreachable:
      return fmt::format("{} cannot be opened: {}", device,
                         std::strerror(static_cast<int>(error.found)));
    case Code::busy:
      return device + " is in use by another program; wait until it is done.";
    case Code::timeout:
      return no_answer(device, ended);
    default:
      return fmt::format("{}: {}", device, explain(error));
  }
}

std::string is_baud(const std::string& text) {
  for (const unsigned baud : host::kBauds) {
    if (text == std::to_string(baud)) return "";
  }
  return fmt::format("want a usual speed: {}", fmt::join(host::kBauds, ", "));
}

}  // namespace

void UartPushDoor::add_options(CLI::App& command) {
  cipher_.add_options(command, "uart");
  command.add_option("--baud", baud_, "speed of the line")
      ->check(is_baud)
      ->type_name("BAUD")
      ->capture_default_str();
}

int UartPushDoor::push(const PushJob& job) {
  host::UartPush push;
  push.cipher = cipher_.read();
  push.baud = baud_;
  const Output out(job.json);
  host::Payload payload = open_payload(job.file, out);
  PushPrinter printer(out, job.target.path, kTellEvery);
  const Interrupt interrupt;
  const host::Ended ended = push.push(job.to(printer), payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  const std::string failure = ended.outcome ? "" : why_not_taken(job.target.path, ended);
  return conclude_silent(out, ended, failure,
                         fmt::format("{} by {}. A serial line cannot tell more: the device's "
                                     "console says how it went.",
                                     sent_in(ended), job.target.text()));
}

}  // namespace updraft::cli
