// The device's HTTP end: whatever a client says, and in whatever pieces it arrives, the answer is
// the same, it is one, and the connection ends. Only a client that asks on and does not read is
// sent away, and when that is depends on the pieces.
//
// Input: byte 0 is the size of the pieces; the rest is what the client says.
#include "ports/linux/http_link.hpp"
#include "ports/linux/test_http_links.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

// A close frame with the code 1008, the policy's.
constexpr std::string_view kSentAway{"\x88\x02\x03\xF0", 4};

struct Answer {
  std::string said;
  std::string calls;  // that reached the update engine
  bool closed = false;
};

void listen(link::Link& link, std::string& said) {
  std::array<std::byte, 4096> room;
  while (const std::size_t size = link.write_to(room)) {
    said.append(reinterpret_cast<const char*>(room.data()), size);
  }
}

Answer talk(Bytes wire, std::size_t piece) {
  linux_port::DeviceService service;
  linux_port::HttpLink link(service);
  Instant now{};
  Answer answer;
  link.on_connected(now);
  for (Bytes rest = wire; !rest.empty() && link.phase() != link::Phase::closed;) {
    const Bytes part = at_most(rest, piece);
    rest = rest.subspan(part.size());
    link.on_bytes(part, now);
    listen(link, answer.said);
    link.on_waiting(now);
  }
  constexpr int kMostDeadlines = 64;
  for (int i = 0; link.phase() != link::Phase::closed; ++i) {
    check(i < kMostDeadlines, "deadlines move on");
    if (!link.deadline()) {  // a page that is open may be silent, but not within an update
      check(answer.said.starts_with("HTTP/1.1 101 ") && !service.intake.in_session,
            "silence ends a connection");
      link.on_lost(now);
      break;
    }
    now = std::max(now, *link.deadline());
    link.on_deadline(now);
    listen(link, answer.said);
  }
  listen(link, answer.said);
  check(link.phase() == link::Phase::closed, "it comes to its end");
  answer.calls = service.intake.calls;
  check(service.intake.misuse.empty(), "the engine is called in order");
  return answer;
}

// Without pongs: they go before what waits, and only the last ping needs one (RFC 6455 5.5.3).
std::string without_pongs(std::string_view said) {
  const std::size_t head = said.find("\r\n\r\n");
  if (!said.starts_with("HTTP/1.1 101 ") || head == said.npos) return std::string(said);
  std::string kept(said.substr(0, head + 4));
  for (std::string_view rest = said.substr(head + 4); !rest.empty();) {
    check(rest.size() >= 2 && (rest[1] & 0x7F) < 126, "a device's frames are short");
    const std::size_t size = 2 + static_cast<std::size_t>(rest[1] & 0x7F);
    check(rest.size() >= size, "and whole");
    if ((rest[0] & 0x0F) != 0x0A) kept += rest.substr(0, size);
    rest = rest.substr(size);
  }
  return kept;
}

void run(Bytes input) {
  if (input.empty()) return;
  const Bytes wire = input.subspan(1);
  Answer whole = talk(wire, wire.size() + 1);
  Answer pieces = talk(wire, 1 + load_u8(input, 0));
  for (Answer* const answer : {&whole, &pieces}) answer->said = without_pongs(answer->said);
  check(whole.said.empty() || whole.said.starts_with("HTTP/1.1 "), "what it says is HTTP");
  if (whole.said.ends_with(kSentAway)) {
    const auto before =
        std::string_view(whole.said).substr(0, whole.said.size() - kSentAway.size());
    check(pieces.said.starts_with(before), "who reads hears no less");
  } else {
    check(whole.said == pieces.said, "the answer does not depend on the pieces");
    check(whole.calls == pieces.calls, "nor what the engine hears");
  }
  const bool upgraded = whole.said.starts_with("HTTP/1.1 101 ");
  const bool uploads = as_text(wire).find("POST /up") != std::string_view::npos;
  check(upgraded || uploads || whole.calls.empty(), "plain HTTP changes nothing but by an upload");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
