#include "cli/serve/serve_printer.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/words/text.hpp"

namespace updraft::cli {

void ServePrinter::listening(Scheme scheme, const std::string& address, std::uint16_t port,
                             std::uint64_t file_bytes) const {
  out_.event(
      {{"event", "listening"}, {"scheme", name(scheme)}, {"address", address}, {"port", port}});
  const bool bracket = address.find(':') != address.npos;  // as a URL has IPv6
  const std::string host = bracket ? "[" + address + "]" : address;
  out_.item("listening", fmt::format("{}://{}:{}, {} for every device that connects", name(scheme),
                                     host, port, human_bytes(file_bytes)));
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
  out_.item(outcome ? "sent" : "failed", outcome ? client.peer + " took all of it"
                                                 : client.peer + ": " + explain(outcome.error()));
  if (on_ended) on_ended(outcome);
}

}  // namespace updraft::cli
