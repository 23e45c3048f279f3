// The rescue app as a target of updates (spec/beyond-app.md section 4), as those see it who receive
// it: RescueUpdate implements this, and a device without a rescue app gives nobody one.
//
// Its partition is written in place, from the app that runs and is confirmed. Between aim() and
// let_go() it is what BootControl::update_slot() names, and forget() of it notes that it is half
// written from there on; the choice of what boots is never changed.
#pragma once
#include <cstdint>

#include "updraft/flash.hpp"
#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

class RescueTarget {
 public:
  // Of its partition; nullptr: there is none, or it is what runs.
  virtual Flash* rescue_flash() = 0;
  // The product lets in one that nobody signed, where it holds no keys.
  virtual bool takes_unsigned_rescue() const = 0;
  virtual void aim() = 0;
  virtual void let_go() = 0;
  // All of it was written. Read back, it is this image, and boots: from here on it counts as whole.
  // Errors: image_mismatch, flash.
  virtual Result<> keep_rescue(const crypto::Sha256Digest& image) = 0;

 protected:
  ~RescueTarget() = default;
};

}  // namespace updraft
