// A session that brings the rescue app (spec/beyond-app.md section 4): an image like any other to
// the Updater, which writes it where RescueTarget says. It is not chosen when it is whole: after
// the restart the app runs as before.
#pragma once
#include "engine/parts/part_keeper.hpp"
#include "engine/parts/part_receiver.hpp"
#include "engine/update/rescue_target.hpp"

namespace updraft::parts {

inline constexpr std::string_view kRescueName = "rescue";  // of the target, and of its partition
inline constexpr std::uint8_t kRescue = 0xFF;              // in an offer; no list has so many parts

class RescuePart {
 public:
  // Both outlive it.
  RescuePart(LeanUpdater& updater, const Policy& policy) : updater_(updater), policy_(policy) {}

  void serve(RescueTarget& target) { target_ = &target; }  // outlives it
  // Bytes of its partition; 0: an update cannot be for it.
  std::uint32_t room() const;
  // Whether one may come that nobody signed. Errors: unsigned, wrong_target, too_big.
  Result<> judge_unsigned(const Offer& offer) const;
  // The session of the Updater that has begun, and written nothing, is for it. What a package
  // promises of it is waited for from here on, so that no cut leaves a new rescue app under an old
  // sequence. Error: flash.
  Result<> enter(const Promised& content, bool is_signed);
  bool entered() const { return entered_; }
  // In place of Updater::finish(). Errors: those; image_mismatch.
  Result<Taken> finish();
  void leave();  // the session is over
  // Its partition begins with this content.
  bool holds(const crypto::Sha256Digest& content, std::uint32_t bytes) const;

 private:
  Result<> keep();

  LeanUpdater& updater_;
  const Policy& policy_;
  RescueTarget* target_ = nullptr;
  bool entered_ = false;
  bool is_signed_ = false;
  Promised content_;
};

}  // namespace updraft::parts
