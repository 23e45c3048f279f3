// The desk's end of HTTP, for a document and for a WebSocket: whatever a server answers, and in
// whatever pieces, success is the same, no document is larger than its limit, and it ends.
//
// Input: byte 0 is the size of the pieces, byte 1 how the server ends; the rest is its answer.
#include <array>
#include <vector>

#include "ports/linux/http_get_link.hpp"
#include "ports/linux/ws_client_link.hpp"
#include "protocols/ws/ws_host.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

// Says so much to `link`, and closes or falls silent.
void answer(link::Link& link, Bytes wire, std::size_t piece, bool closes) {
  Instant now{};
  std::array<std::byte, 4096> room;
  const auto listen = [&] {
    while (link.write_to(room) > 0) {
    }
  };
  link.on_connected(now);
  listen();
  for (Bytes rest = wire; !rest.empty() && link.phase() == link::Phase::open;) {
    const Bytes part = at_most(rest, piece);
    rest = rest.subspan(part.size());
    link.on_bytes(part, now);
    listen();
    link.on_waiting(now);
  }
  if (closes && link.phase() == link::Phase::open) link.on_peer_done(now);
  constexpr int kMostDeadlines = 64;
  for (int i = 0; link.phase() == link::Phase::open; ++i) {
    check(i < kMostDeadlines && link.deadline(), "silence ends a connection");
    now = std::max(now, *link.deadline());
    link.on_deadline(now);
    listen();
  }
}

void run(Bytes input) {
  if (input.size() < 2) return;
  const std::size_t piece = 1 + load_u8(input, 0);
  const unsigned how = load_u8(input, 1);
  const Bytes wire = input.subspan(2);
  if (how % 4 >= 2) {  // the handshake of a WebSocket, whose key nobody foresees: it never begins
    const std::vector<std::byte> image(64, std::byte{0xE9});
    link::WsHost machine({.image = image});
    linux_port::WsClientLink link(machine, "device", "/ota/ws");
    answer(link, wire, piece, how % 2 != 0);
    check(!link.outcome().has_value(), "no stranger ends an update well");
    return;
  }
  linux_port::HttpGetLink whole("device", "/ota/status"), pieces("device", "/ota/status");
  answer(whole, wire, wire.size() + 1, how % 2 != 0);
  answer(pieces, wire, piece, how % 2 != 0);
  // Which of two faults is met first may depend on them.
  check(whole.outcome().has_value() == pieces.outcome().has_value(),
        "success does not depend on the pieces");
  if (!whole.outcome()) return;
  check(whole.body() == pieces.body(), "nor does the document");
  check(whole.body().size() <= linux_port::kHttpDocumentBytes, "a document has its limit");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
