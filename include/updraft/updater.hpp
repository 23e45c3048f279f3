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
// A LeanUpdater is the same, but borrows the sector that it gathers for the time of an update.
//
// Fixed size, no heap after construction, never throws. Not thread-safe: one task owns it. Stack
// use is below 1 KiB besides what the port's Flash and the crypto backend take.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "updraft/boot_control.hpp"
#include "updraft/events.hpp"
#include "updraft/intake.hpp"
#include "updraft/policy.hpp"
#include "updraft/steering.hpp"
#include "updraft/update_memory.hpp"

#include "engine/pipeline/image_stage.hpp"
#include "engine/pipeline/slot_writer.hpp"
#include "engine/update/resumer.hpp"
#include "engine/update/slot_guard.hpp"
#include "engine/update/unwrapper.hpp"

namespace updraft {

enum class UpdateEvent : std::uint8_t;  // engine/update/update_table.hpp

// Why the device started: power came back (also: brown-out, reset pin), or something in it asked
// for or caused a reset (restart, panic, watchdog). ESP-IDF: esp_reset_reason().
enum class StartedBy : std::uint8_t { power, reset };

class LeanUpdater : public Intake, public Steering, private SlotGuard::Owner {
 protected:
  LeanUpdater(BootControl& boot, UpdateMemory* memory, const Policy& policy, Observer& observer,
              const Stages& stages, const pipeline::SlotWriter::Memory& sector)
      : boot_(boot),
        memory_(memory),
        policy_(policy),
        observer_(observer),
        unwrapper_(policy, image_, stages, *this),
        writer_(sector) {}

 public:
  // All must outlive it. `memory` may be nullptr: then a rolled-back image is remembered
  // only as long as its slot still holds it, and each update writes its whole slot. `stages`: what
  // payloads may be wrapped in. `sector`: lends kFlashSector bytes; where there are none, begin()
  // is no_memory.
  LeanUpdater(BootControl& boot, UpdateMemory* memory, const Policy& policy, Observer& observer,
              const Stages& stages, Lender& sector)
      : LeanUpdater(boot, memory, policy, observer, stages, {nullptr, &sector}) {}

  // Opens the memory and settles the last trial: an image that came back because of a reset, or
  // that gave itself up, is refused from now on; one that came back because the power went away is
  // excused (Journal). Error: flash; the Updater works all the same, without a journal.
  Result<> start(StartedBy cause);

  // Intake. Beyond what Intake says, write() refuses with everything the gate and the image walk
  // refuse. An image that was rolled back here is refused with known_bad: by write() where its head
  // names it, else by finish(). finish() fails with image_mismatch where the slot does not read
  // back what was sent.
  Result<> welcome(const Offer& offer) final;
  Result<> begin(const Offer& offer) final;
  Result<> write(Bytes bytes) final;
  Result<std::uint64_t> resume_at(std::uint64_t at) final;
  Result<Taken> finish(PayloadEnd end = PayloadEnd::told) final;
  void abort(const Error& why) final;
  void never_began(Scheme scheme, const Error& why) override;

  // Steering: for links, and for the app itself after its self-test.
  bool pending() const final { return boot_.running_state() == OtaState::pending_verify; }
  Result<> may_decide(Scheme scheme) final;
  Result<> confirm() final;
  Result<> roll_back(RolledBack why = RolledBack::failed) final;
  Result<> let_in(const ImageName& image) final;
  Result<> may_restart(Scheme scheme) final;
  Result<> restart_into(std::string_view app) final;

  // The images that were rolled back here, as many as fit; returns how many there are.
  std::size_t remembered(std::span<Remembered> out);

  // Whether the image with this digest may come, as far as the past goes. Error: known_bad.
  Result<> judge_past(const crypto::Sha256Digest& image) {
    return judge_remembered(find_remembered(image));
  }

  // Whether the slot holds a whole image. Reads all of it: between updates only.
  bool is_sound(const Slot& slot);

  UpdateState state() const { return state_; }
  // Bytes that a payload may be larger than its slot: the head of a pre-encrypted image, and what
  // a package has besides its transfer as long as the device takes packages.
  std::size_t overhead() const { return unwrapper_.overhead(); }
  // The slot that the session writes; from begin() on.
  const Slot& target() const { return slot_; }

  // What the last session put into its slot; once finish() has answered Taken::installed.
  Installed last_installed() const {
    return {session_, slot_, unwrapper_.let_in()->trust, image_.info()};
  }

  // For BundleInstaller, whose sessions are more than one image: begin() in two parts. Then the
  // calls of Intake are for the image; abort() ends the session whether or not it has one, and
  // close_session() where it had none; `changed`: something is in place that needs a restart.
  // Errors: as begin().
  Result<> open_session(const Offer& offer);
  Result<> begin_image(const Offer& offer);
  // The first part of finish(): judges the image as whole. `current`: the session has no image to
  // install; finish() or close_session() ends it.
  Result<Taken> complete();
  void tell_progress(std::uint64_t received, std::uint64_t total);
  void close_session(Trust trust, std::size_t files, bool changed);
  bool in_session() const { return owned_ == Owned::by_session; }
  // Something is about to change that is not the slot: from here on the session is not taken over.
  void keep_session() { holder_ = nullptr; }
  // What waits for a restart, and takes nothing until then.
  bool waits_for_restart() const { return owned_ == Owned::until_restart; }
  // What a session without an image brought is in place by now, and needs none.
  void need_no_restart() {
    if (waits_for_restart() && state_ == UpdateState::idle) owned_ = Owned::by_nobody;
  }
  // What was on trial besides the app is kept.
  void tell_confirmed() { observer_.on_confirmed(); }
  // For parts::RescuePart. The image of this session goes to that slot, of which nothing has come:
  // any project and version of it, and the slot has no ledger. Then, in place of install(): it is
  // complete, and the session has none any more.
  void turn_to(const Slot& slot);
  void leave_image();
  // For parts::PartUpdater, which needs one while no image is being written.
  pipeline::SlotWriter& lend_writer() { return writer_; }

 private:
  // Whether begin() is welcome.
  enum class Owned : std::uint8_t { by_nobody, by_session, until_restart };
  Result<> may_begin(const Offer& offer);
  Result<Slot> slot_for(const Offer& offer) const;
  void leave_to_proven_sender();
  Session next_session(Scheme scheme) { return {++sessions_, scheme}; }
  Result<> tell(const Session& session, const Error& why);  // hands the error back
  Result<> end(const Error& why);  // tells, goes idle, hands the error back
  void advance(UpdateEvent event);
  void note_head();
  void settle_signing();
  Journal* journal() { return memory_ != nullptr ? memory_->journal() : nullptr; }
  Result<> install();
  Result<> enter_slot() override;
  Result<> judge_remembered(const std::optional<Remembered>& known);
  std::optional<Remembered> find_remembered(Bytes name,
                                            Journal::NameOf what = Journal::NameOf::image);
  Result<> settle_trial(const RejectedSlot& rejected, StartedBy cause);
  Result<> remember(const Slot& slot, const Remembered& image);
  void hold(const Remembered& image, const ImageName& head);
  ImageName head_in(const Slot& slot);
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
  Holder* holder_ = nullptr;  // of the session, where a proven sender may take it over
  Slot slot_;
  std::uint64_t received_ = 0;
  std::optional<Taken> completed_;        // what complete() said
  std::optional<Remembered> remembered_;  // the last one, for devices without a journal
  ImageName remembered_head_{};

  SlotGuard guard_{*this, writer_};
  pipeline::ImageStage image_{guard_};
  Resumer resumer_{writer_, image_};
  Unwrapper unwrapper_;
  pipeline::SlotWriter writer_;  // the largest is last: what is near is reached by less code
};

// One with all its memory.
class Updater final : public LeanUpdater {
 public:
  Updater(BootControl& boot, UpdateMemory* memory, const Policy& policy, Observer& observer,
          const Stages& stages = {})
      : LeanUpdater(boot, memory, policy, observer, stages, {sector_.bytes, nullptr}) {}
  // Not inline, so that the table of virtual functions is in the library: a program with RTTI would
  // look for the type of LeanUpdater, which the library has not.
  void never_began(Scheme scheme, const Error& why) override;

 private:
  pipeline::SlotWriter::Room sector_;
};

}  // namespace updraft
