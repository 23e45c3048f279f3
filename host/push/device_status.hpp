// What a device says about itself: the document that protocols/ws/SPEC.md calls the status. The
// texts are made printable.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/result.hpp"

namespace updraft::host {

struct DeviceStatus {
  std::string project, version, digest, state, boot, slot;
  bool pending = false;                       // the image is on trial
  bool login = false;                         // it takes orders only from who knows the password
  std::optional<std::int64_t> confirm_in_ms;  // until it confirms itself
  std::optional<std::int64_t> give_up_in_ms;  // until the device gives the image on trial up
  std::uint64_t inflate_window = 0;  // bytes that a zlib stream may look back there; 0: not at all
  bool takes_delta = false;          // patches against what runs
  struct Last {
    std::string result, code, message;
    std::optional<Error> why;  // with its numbers; nullopt: a code that this program does not know
  };
  std::optional<Last> last;  // how its last update ended
  // Images that were rolled back there, and are refused until they are let in by name.
  struct Remembered {
    std::string digest;
    bool went_back = false;  // somebody wanted the one before; else it failed
  };
  std::vector<Remembered> remembered;
  // What an update can be for there besides the app.
  struct Target {
    std::string name, format, way;  // "fs:web", "littlefs", "staged"
    std::uint64_t bytes = 0;
    bool keeps_older_app = false;  // of what is staged: not in the slot that does not run
  };
  std::vector<Target> targets;
  // The rescue app beside what runs, where there is one.
  struct Rescue {
    std::string version, wanted;  // wanted: the least that the app needs; empty: any
    bool too_old = false;
  };
  std::optional<Rescue> rescue;
  std::string previous;  // version of what a rollback would bring back; empty: nothing
};

// nullopt: that is no such document.
std::optional<DeviceStatus> parse_status(std::string_view json);

// How an update ended, as a device tells it in one object: the status' `last`, or the answer to an
// upload by HTTP. nullopt: that is no such object.
std::optional<DeviceStatus::Last> parse_last(std::string_view json);

}  // namespace updraft::host
