// What a link may ask of a device besides an update: keep or give up the image on trial, restart.
//
// `Updater` implements this and applies the same gate as to updates. The driver of the link does
// the restart itself, after it has sent the link's last bytes.
#pragma once
#include "updraft/intake.hpp"

namespace updraft {

class Steering {
 public:
  virtual bool pending() const = 0;  // the running image is on trial
  // Keeps the running image. Errors: not_pending, flash.
  virtual Result<> confirm() = 0;
  // Gives the running image up and remembers it; restart after it. Errors: not_pending,
  // no_other_image (nothing is changed), flash.
  virtual Result<> roll_back() = 0;
  // Whether a peer that proved nothing may restart the device. Errors: unsigned (the scheme is not
  // let in unsigned), busy (an update runs).
  virtual Result<> may_restart(Scheme scheme) = 0;

 protected:
  ~Steering() = default;
};

}  // namespace updraft
