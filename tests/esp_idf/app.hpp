// The application's part that is Updraft, for one run of it: new at every power-on, as RAM is.
#pragma once
#include <string>

#include "updraft/updater.hpp"

#include "ports/esp_idf/boot_control.hpp"
#include "ports/esp_idf/facts.hpp"
#include "ports/esp_idf/memory.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {

class App : public Observer {
 public:
  explicit App(Scheme scheme = kRaw) {
    policy_.allow_unsigned(scheme);
    (void)updater.start(started_by());
  }
  virtual ~App() = default;

  // Sends `image` over raw TCP: "ok", or the code of what went wrong.
  std::string push(Bytes image) {
    link::RawReceiver receiver(updater, {.slot_size = update_slot_bytes(boot)});
    receiver.on_connected(Instant{});
    for (Bytes rest = image; !rest.empty() && receiver.outcome();) {
      const Bytes segment = at_most(rest, 1460);
      receiver.on_bytes(segment, Instant{});
      receiver.on_waiting(Instant{});
      rest = rest.subspan(segment.size());
    }
    receiver.on_peer_done(Instant{});
    const Result<> outcome = receiver.outcome();
    return outcome ? "ok" : std::string(name(outcome.error().code));
  }

  EspBootControl boot;
  Memory memory;

 private:
  Policy policy_;

 public:
  Updater updater{boot, memory.journal(), policy_, *this};
};

}  // namespace updraft::esp_idf
