#include "ports/template/serve.hpp"

#include "protocols/link/link_driver.hpp"

namespace updraft::port_template {
namespace {

void tell(link::LinkDriver& driver, const Stream::Heard& heard, Bytes buffer, Instant now) {
  switch (heard.event) {
    case Stream::Event::bytes:
      return driver.bytes(buffer.first(heard.got), now);
    case Stream::Event::deadline:
      return;  // turn() looks at the time
    case Stream::Event::done:
      return driver.peer_done(now);
    case Stream::Event::lost:
      return driver.lost(now);
  }
}

}  // namespace

// What is said has left the buffer before anything is heard.
Result<> serve(link::Link& link, Stream& stream, MutableBytes buffer) {
  link::LinkDriver driver(link, buffer);
  driver.connected(stream.now());
  while (true) {
    driver.turn(stream.now());
    if (driver.over()) break;
    if (driver.says_end()) stream.finish_sending();
    if (const Bytes unsent = driver.unsent(); !unsent.empty()) {
      stream.send(unsent) ? driver.sent(unsent.size()) : driver.lost(stream.now());
    } else {
      tell(driver, stream.wait(buffer, driver.deadline()), buffer, stream.now());
    }
  }
  stream.close();
  return driver.outcome();
}

}  // namespace updraft::port_template
