// Tells the local network who this is (spec/protocols/native.md section 4), by the component
// espressif/mdns: `updraft find` lists it, and `updraft push FILE NAME` finds it.
//
// The calls wait for the component's task, so nobody makes them with a lock held.
#pragma once
#include <optional>
#include <string_view>

#include "updraft/boot_control.hpp"

#include "engine/format/image.hpp"
#include "ports/esp_idf/device_id.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kOpenBytes = 160;  // of the list of listeners

class Announcer {
 public:
  // What does not change while it runs.
  struct Facts {
    DeviceId id;
    std::string_view chip;
    const format::ImageInfo* running = nullptr;
    std::uint16_t port = 0;
    Text<kOpenBytes> open;  // "native:18443,raw:8032"
  };
  // What does.
  struct Stand {
    OtaState state = OtaState::undefined;
    bool paired = false;
    bool operator==(const Stand&) const = default;
  };

  // `name`: nullptr: "updraft-" and the end of the id. A host name that the application has set
  // stays. The log says what does not work; updates do without.
  void start(const char* name, const Facts& facts, Stand stand);
  void tell(Stand stand);  // if it is another one

 private:
  std::optional<Stand> told_;
};

}  // namespace updraft::esp_idf
