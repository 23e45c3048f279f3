#include "cli/serve/serve_printer.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/words/text.hpp"

namespace updraft::cli {

std::string ServeDoor::offers(std::uint64_t file_bytes) const {
  return human_bytes(file_bytes) + " for every device that connects";
}

void ServePrinter::listening(ServeDoor& door, const std::string& address, std::uint16_t port,
                             std::uint64_t file_bytes) const {
  const Scheme scheme = door.protocol();
  boost::json::object event{
      {"event", "listening"}, {"scheme", name(scheme)}, {"address", address}, {"port", port}};
  if (const auto print = door.fingerprint()) event["fingerprint"] = hex(*print);
  if (!door.certificate().empty()) event["certificate"] = door.certificate();
  out_.event(event);
  const bool bracket = address.find(':') != address.npos;  // as a URL has IPv6
  const std::string host = bracket ? "[" + address + "]" : address;
  out_.item("listening",
            fmt::format("{}://{}:{}, {}", name(scheme), host, port, door.offers(file_bytes)));
  if (const auto print = door.fingerprint()) {
    out_.item("", "certificate " + hex(*print));
    out_.item("", "for --ca    " + door.certificate());
  }
}

void ServePrinter::began(const host::ServedClient& client) {
  out_.event({{"event", "client"}, {"peer", client.peer}, {"scheme", name(client.scheme)}});
  out_.item("client", client.peer);
}

void ServePrinter::progress(const std::vector<host::ServedClient>& clients) {
  std::uint64_t sent = 0, total = 0;
  for (const host::ServedClient& client : clients) {
    sent += client.sent;
    total += client.total;
    if (client.sent == std::exchange(shown_[client.peer], client.sent)) continue;
    out_.event({{"event", "progress"},
                {"peer", client.peer},
                {"sent", client.sent},
                {"total", client.total}});
  }
  if (sent > 0 && !out_.json()) bar_.show(sent, total);
}

void ServePrinter::ended(const host::ServedClient& client, const Result<>& outcome) {
  bar_.finish();
  shown_.erase(client.peer);
  boost::json::object event = result_event(outcome);
  event["peer"] = client.peer;
  event["scheme"] = name(client.scheme);
  out_.event(event);
  const bool got_nothing = client.sent == 0 && client.total == 0;  // of a web server
  if (!outcome) {
    out_.item("failed", client.peer + ": " + explain(outcome.error()));
  } else if (got_nothing) {
    out_.item("answered", client.peer + " got no file: it has it, or there is none of that name");
  } else {
    out_.item("sent", client.peer + " took all of it");
  }
  if (on_ended) on_ended(outcome);
}

}  // namespace updraft::cli
