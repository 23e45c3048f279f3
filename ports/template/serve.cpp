#include "ports/template/serve.hpp"

namespace updraft::port_template {
namespace {

// Everything that the link has to say; false: the connection is lost.
bool speak(link::Link& link, Stream& stream, MutableBytes buffer) {
  while (const std::size_t size = link.write_to(buffer)) {
    if (!stream.send(buffer.first(size))) return false;
  }
  return true;
}

void tell(link::Link& link, const Stream::Heard& heard, Bytes buffer, Instant now) {
  switch (heard.event) {
    case Stream::Event::bytes:
      return link.on_bytes(buffer.first(heard.got), now);
    case Stream::Event::deadline:
      return link.on_deadline(now);
    case Stream::Event::done:
      return link.on_peer_done(now);
    case Stream::Event::lost:
      return link.on_lost(now);
  }
}

}  // namespace

Result<> serve(link::Link& link, Stream& stream, MutableBytes buffer) {
  bool said_all = false;
  link.on_connected(stream.now());
  while (true) {
    if (!speak(link, stream, buffer)) link.on_lost(stream.now());
    if (link.phase() == link::Phase::closed) break;
    if (link.phase() == link::Phase::half_closed && !said_all) {
      stream.finish_sending();
      said_all = true;
    }
    link.on_waiting(stream.now());
    const Stream::Heard heard = stream.wait(buffer, link.deadline());
    tell(link, heard, buffer, stream.now());
  }
  stream.close();
  return link.outcome();
}

}  // namespace updraft::port_template
