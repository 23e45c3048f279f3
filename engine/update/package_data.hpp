// What the verifier of packages asks of whoever receives data partitions
// (engine/parts/signed_data): a device that has none gives it nothing, and then a component `fs` is
// component_unknown.
//
// Once a package was judged: begin_data(), expect_data() for each component in its order, and then
// for each open_data(), write_data(), close_data(). An app that comes with them was passed on whole
// before the first is opened. What ends the session drops them.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

// Content of one partition, as the manifest promises it. `label`: empty: the rescue app's.
struct DataComponent {
  std::string_view label;
  Bytes digest;  // SHA-256 of the content as it is in the partition
  std::uint64_t bytes = 0;
  std::uint64_t transfer = 0;  // bytes that are sent for it; 0: the manifest does not say
};

// What became of data that was bound to the app that runs.
enum class DataStand : std::uint8_t {
  unknown,  // nobody has looked yet
  tried,    // some data is on trial
  kept,     // the app that runs is bound to it
  gone,     // it is not
};

class PackageData {
 public:
  // Bytes of the partition of that label; 0: the device does not offer it.
  virtual std::uint32_t room_for(std::string_view label) const = 0;
  // `with_app`: the package also brings an app that does not run yet. Where nobody signed it the
  // policy decides. Errors: those of judge_files().
  virtual Result<> begin_data(bool with_app, bool is_signed) = 0;
  // Errors: malformed (a label twice), wrong_target, pending_confirm, not_now, too_big.
  virtual Result<> expect_data(const DataComponent& component) = 0;
  // The next one. Errors: wrong_target (it would be received in place, beside an app), no_room.
  virtual Result<> open_data() = 0;
  virtual Result<> write_data(Bytes bytes) = 0;  // errors: those of the format, too_big, flash
  virtual Result<> close_data() = 0;             // errors also: size_mismatch, image_mismatch
  // In place of all that, for a package that brings the rescue app alone: what goes on from here on
  // is written there. rescue_room(): bytes of its partition; 0: the device does not offer it.
  // Errors: those of judge_files(), wrong_target, pending_confirm, not_now, flash.
  virtual std::uint32_t rescue_room() const = 0;
  virtual Result<> open_rescue(const DataComponent& component, bool is_signed) = 0;
  // Digests of chunks are about to be kept in the slot of an update. Errors: part_busy (data that
  // the running app waits for stands there), flash.
  virtual Result<> give_up_slot() = 0;
  // After open_data(): so many bytes at the start of that slot are left alone. False: this data is
  // not stored there, or would not fit beside them.
  virtual bool leave_room(std::uint32_t bytes) = 0;
  // Whether the data with this digest was kept; or the rescue app, of that size.
  virtual DataStand stand_of(const crypto::Sha256Digest& data, std::uint32_t bytes) const = 0;

 protected:
  ~PackageData() = default;
};

}  // namespace updraft
