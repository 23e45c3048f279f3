// Fetching from a web server alone, plain images and signed packages, with what it stands on: the
// engine, a verifier, a journal. Linked for its size only; TLS and sockets are the port's.
#include "protocols/pull/web_pull.hpp"
#include "tests/rv32/only_signed.hpp"

namespace updraft::rv32 {
namespace {

link::WebPull pull(updater, {.url = "https://updates.example/lamp.bin", .scheme = kHttps}, nullptr,
                   nullptr, &nothing_random);

void serve() {
  start();
  pull.start(Instant{});
  SilentStream stream;
  while (const auto due = pull.deadline()) {
    if (!pull.turn(*due)) continue;
    pull.closed(port_template::serve(pull.link(), stream, rx), *due);
  }
}

}  // namespace
}  // namespace updraft::rv32

int main() {
  updraft::rv32::serve();
  return updraft::rv32::updater.pending() ? 1 : 0;
}
