// What a link may ask of a device besides an update: keep or give up the image on trial, let an
// image in again that was rolled back, restart, into the factory app as well.
//
// `Updater` implements this and applies the same gate as to updates: who could have nothing
// installed decides nothing. A link asks may_decide() before it passes on what its peer wants. The
// driver of the link does the restart itself, after it has sent the link's last bytes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/intake.hpp"

namespace updraft {

// The first 8 bytes of an image's digest: how events and people name an image.
using ImageName = std::array<std::byte, 8>;

// Why an image lost its trial.
enum class RolledBack : std::uint8_t {
  failed,     // it crashed, gave itself up, or was not confirmed in time
  went_back,  // somebody wanted the version before
};
std::string_view name(RolledBack why);  // "failed", "went_back"

class Steering {
 public:
  virtual bool pending() const = 0;  // the running image is on trial
  // Whether a peer that came this way, and proved nothing, may decide what the calls below decide.
  // Error: unsigned (the scheme is not let in unsigned).
  virtual Result<> may_decide(Scheme scheme) = 0;
  // Keeps the running image, and data on trial. Errors: not_pending, busy (data waits for the
  // restart from which on it is tried), flash.
  virtual Result<> confirm() = 0;
  // Gives the running image up and remembers why; restart after it. Errors: not_pending,
  // no_other_image (nothing is changed), flash.
  virtual Result<> roll_back(RolledBack why) = 0;
  // Forgets that an image of this name was rolled back: it may be installed again. Errors:
  // not_remembered, flash.
  virtual Result<> let_in(const ImageName& image) = 0;
  // Whether a peer that proved nothing may restart the device. Errors: unsigned (the scheme is not
  // let in unsigned), busy (an update runs).
  virtual Result<> may_restart(Scheme scheme) = 0;
  // Makes the factory app the one that starts next, if it has this name in the partition table;
  // restart after it. For tables with one slot beside a factory app: only that app can update it.
  // Errors: no_other_image (there is no such app), pending_confirm (the running image is on trial),
  // busy (an update runs, or waits for its restart), what the app's verification finds, flash.
  virtual Result<> restart_into(std::string_view app) = 0;

 protected:
  ~Steering() = default;
};

}  // namespace updraft
