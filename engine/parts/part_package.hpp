// What an installer of packages may ask of who receives data: several parts, and an app beside
// them. PartUpdater implements it; a device without data partitions links nothing of that.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/intake.hpp"

namespace updraft::parts {

// Within one session of the Updater: begin_package(), then expect() for each part and expect_app()
// for the app, then for each part open(), write_part(), close_part(); then one of bind_app() and
// bind_data(); and drop_package(), however it ended.
class PartPackage {
 public:
  // `one_way`: of data; there may be no way back from it.
  virtual void begin_package(bool one_way) = 0;
  virtual void expect_app() = 0;
  // A part will come. Errors: no_partition, wrong_target, pending_confirm, not_now, too_big.
  virtual Result<> expect(std::string_view label, std::uint64_t size) = 0;
  // Errors also: wrong_target (it would be received in place, beside an app), no_room.
  virtual Result<> open(std::string_view label, const Offer& offer) = 0;
  virtual Result<> write_part(Bytes bytes) = 0;  // errors: those of PartFront and PartReceiver
  virtual Result<> close_part() = 0;
  // Parts that are whole. bind_app(): the app of the package is verified, and about to be chosen.
  // Errors: no_room (also: the app reaches what was stored behind it), flash.
  virtual Result<> bind_app() = 0;
  virtual Result<> bind_data() = 0;
  virtual void drop_package() = 0;

 protected:
  ~PartPackage() = default;
};

}  // namespace updraft::parts
