// The Updraft objects of an application, for one run of it: new at every power-on, as RAM is.
#pragma once
#include <string>

#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/core/test_word.hpp"
#include "engine/update/esp_boot_control.hpp"
#include "ports/esp_idf/facts.hpp"
#include "ports/esp_idf/memory_store.hpp"
#include "ports/esp_idf/ota_calls.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "sim/ota_calls.hpp"
#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {

// BootControl on the chip's own calls, as the port makes it.
struct OnPort {
  IdfOtaCalls calls;
  EspBootControl boot{calls};
};
// BootControl on the simulator's model of those calls, as the virtual device makes it.
struct OnModel {
  sim::ModelOtaCalls calls{chip().seen(), chip().table(), chip().ota(), chip().efuse,
                           chip().build()};
  EspBootControl boot{calls};
};

// For tests that run on both.
struct SideNames {
  template <class Side>
  static std::string GetName(int) {
    return std::is_same_v<Side, OnPort> ? "Port" : "Model";
  }
};
using Sides = testing::Types<OnPort, OnModel>;

template <class Side>
class AppOn : public Observer {
 public:
  explicit AppOn(Scheme scheme = kRaw) {
    policy_.allow_unsigned(scheme);
    (void)updater.start(started_by());
  }
  virtual ~AppOn() = default;

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
    return word(outcome);
  }

 private:
  Side side_;

 public:
  BootControl& boot = side_.boot;
  MemoryStore memory;

 private:
  Policy policy_;

 public:
  Updater updater{boot, memory.memory(), policy_, *this};
};

using App = AppOn<OnPort>;

}  // namespace updraft::esp_idf
