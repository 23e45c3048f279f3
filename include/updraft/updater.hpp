// The update engine: one session at a time, from the first byte of a payload to a verified,
// selected slot. Every protocol and every format goes through here (docs/promises.md lists what
// always holds).
//
//   Updater updater(boot, &memory, policy, observer);
//   updater.start(StartedBy::power);   // once after boot
//   ... links call begin / write / finish / abort ...
//   if (updater.state() == UpdateState::installed) restart();
//   ... after the restart: self-test, then updater.confirm() or updater.roll_back()
//
// Fixed size, no heap after construction, never throws. Not thread-safe: one task owns it. Stack
// use is below 1 KiB besides what the port's Flash and the crypto backend take.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/boot_control.hpp"
#include "updraft/events.hpp"
#include "updraft/intake.hpp"
#include "updraft/policy.hpp"
#include "updraft/steering.hpp"
#include "updraft/update_memory.hpp"

#include "engine/pipeline/image_stage.hpp"
#include "engine/pipeline/slot_writer.hpp"
#include "engine/update/resumer.hpp"
#include "engine/update/unwrapper.hpp"

namespace updraft {

enum class UpdateEvent : std::uint8_t;  // engine/update/update_table.hpp

// Why the device started: power came back (also: brown-out, reset pin), or something in it asked
// for or caused a reset (restart, panic, watchdog). ESP-IDF: esp_reset_reason().
enum class StartedBy : std::uint8_t { power, reset };

class Updater final : public Intake, public Steering {
 public:
  // All must outlive the Updater. `memory` may be nullptr: then a rolled-back image is remembered
  // only as long as its slot still holds it, and each update writes its whole slot. `stages`: what
  // payloads may be wrapped in.
  Updater(BootControl& boot, UpdateMemory* memory, const Policy& policy, Observer& observer,
          const Stages& stages = {})
      : boot_(boot),
        memory_(memory),
        policy_(policy),
        observer_(observer),
        unwrapper_(policy, image_, stages) {}

  // Opens the memory and settles the last trial: an image that came back because of a reset, or
  // that gave itself up, is refused from now on; one that came back because the power went away is
  // excused (Journal). Error: flash; the Updater works all the same, without a journal.
  Result<> start(StartedBy cause);

  // Intake. Beyond what Intake says, begin() refuses with pending_confirm while the running image
  // is not confirmed, and write() with everything the gate and the image walk refuse. finish()
  // refuses with known_bad an image that was rolled back here, and fails with image_mismatch if
  // the slot does not read back what was sent.
  Result<> begin(const Offer& offer) override;
  Result<> write(Bytes bytes) override;
  Result<std::uint64_t> resume_at(std::uint64_t at) override;
  Result<> finish(PayloadEnd end = PayloadEnd::told) override;
  void abort(const Error& why) override;
  void never_began(Scheme scheme, const Error& why) override;

  // Steering: for links, and for the app itself after its self-test.
  bool pending() const override { return boot_.running_state() == OtaState::pending_verify; }
  Result<> confirm() override;
  Result<> roll_back() override;
  Result<> may_restart(Scheme scheme) override;

  UpdateState state() const { return state_; }
  // Bytes that a payload may be larger than its slot: the head of a pre-encrypted image.
  std::size_t overhead() const { return unwrapper_.overhead(); }
  // The slot that the session writes; from begin() on.
  const Slot& target() const { return slot_; }

  // For BundleInstaller, whose sessions are more than one image: begin() in two parts. Then the
  // calls of Intake are for the image; abort() ends the session whether or not it has one, and
  // close_session() if it had none. Errors: as begin().
  Result<> open_session(Scheme scheme);
  Result<> begin_image(const Offer& offer);
  void tell_progress(std::uint64_t received, std::uint64_t total);
  void close_session(Trust trust, std::size_t files);
  bool in_session() const { return owned_ == Owned::by_session; }

 private:
  // Whether begin() is welcome.
  enum class Owned : std::uint8_t { by_nobody, by_session, until_restart };
  Session next_session(Scheme scheme) { return {++sessions_, scheme}; }
  Result<> tell(const Session& session, const Error& why);  // hands the error back
  Result<> end(const Error& why);  // tells, goes idle, hands the error back
  void advance(UpdateEvent event);
  void note_head();
  Journal* journal() { return memory_ != nullptr ? memory_->journal() : nullptr; }
  Result<> install();
  Result<> check_not_known_bad(const crypto::Sha256Digest& digest);
  Result<> settle_trial(const RejectedSlot& rejected, StartedBy cause);
  Result<> refuse(const crypto::Sha256Digest& image);
  std::optional<crypto::Sha256Digest> digest_of(const Slot& slot);
  format::ImageExpectation expectation();

  BootControl& boot_;
  UpdateMemory* memory_;
  const Policy& policy_;
  Observer& observer_;

  UpdateState state_ = UpdateState::idle;
  Owned owned_ = Owned::by_nobody;
  std::uint32_t sessions_ = 0;  // so far
  Session session_;
  Offer offer_;
  Slot slot_;
  std::uint64_t received_ = 0;
  std::optional<crypto::Sha256Digest> refused_;  // the last one, for devices without a journal

  pipeline::SlotWriter writer_;
  pipeline::ImageStage image_{writer_};
  Resumer resumer_{writer_, image_};
  Unwrapper unwrapper_;
};

}  // namespace updraft
