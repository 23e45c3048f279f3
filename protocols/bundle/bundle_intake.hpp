// What the bundle link may say to the update engine: as Intake, but for many files.
//
// begin(), then expect() for each file in stream order, then for each of them open() and write()
// until its size is reached, then exactly one of finish() or abort(). All files are taken, or none.
// After an error from any call the session is over: nothing more is called. An attempt that never
// reaches begin() ends in never_began().
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/intake.hpp"
#include "updraft/result.hpp"

namespace updraft {

class BundleIntake {
 public:
  // `offer.size`: the sum of all sizes. Errors: busy, pending_confirm, unsigned, too_big.
  virtual Result<> begin(const Offer& offer) = 0;
  // Says what will come; nothing is kept of it. Errors: bad_path, too_big.
  virtual Result<> expect(std::string_view path, std::uint64_t size) = 0;
  virtual Result<> open(std::string_view path, std::uint64_t size) = 0;
  virtual Result<> write(Bytes bytes) = 0;
  // Ok: everything is in place for good. `current`: all of it was there already, so nothing was
  // changed, and the device need not restart.
  virtual Result<Taken> finish() = 0;
  virtual void abort(const Error& why) = 0;
  virtual void never_began(Scheme scheme, const Error& why) = 0;

 protected:
  ~BundleIntake() = default;
};

}  // namespace updraft
