// The update engine of a device with data partitions: an Updater, and in front of it what receives
// data. Links talk to this one; what is for the app goes straight on to the Updater, which owns the
// session of both kinds, the gate, and every end.
//
//   PartKeeper keeper({.boot = boot, ...}, events);
//   BoundBoot bound(boot, keeper);
//   Updater updater(bound, &memory, policy, observer, stages);
//   PartUpdater engine(updater, keeper, bound, policy, stages);
//   updater.start(cause);
//   engine.prepare();              // before anything is mounted
//   ... links call begin / write / finish / abort of `engine` ...
//
// A package of several parts, and an app with its data, come by BundleInstaller (PartPackage).
#pragma once
#include "engine/parts/bound_boot.hpp"
#include "engine/parts/part_front.hpp"
#include "engine/parts/part_package.hpp"
#include "engine/parts/part_receiver.hpp"
#include "engine/parts/rescue_part.hpp"

namespace updraft::parts {

class SignedData;  // engine/parts/signed_data.hpp

class PartUpdater final : public Intake, public Steering, public Targets, public PartPackage {
 public:
  // All outlive it. `bound`: the BootControl of the Updater.
  PartUpdater(Updater& updater, PartKeeper& keeper, BoundBoot& bound, const Policy& policy,
              const Stages& stages)
      : updater_(updater),
        keeper_(keeper),
        bound_(bound),
        policy_(policy),
        receiver_(keeper, bound, updater),
        front_(receiver_, receiver_, stages),
        rescue_(updater, policy) {}

  // Once after the Updater was started. Error: flash; what it could not bring is not ready.
  Result<> prepare();
  // Brings what waits for that label to its place while the product runs, if the product unmounts
  // it; of a pair it changes to the other copy. True: the product has mounted what the running app
  // is bound to. False: it needs what is there, or that has to wait; the next start tries it.
  // Errors: no_partition, busy (an update is on its way: ask again), flash.
  Result<bool> bring_now(std::string_view label);
  PartKeeper& keeper() { return keeper_; }
  const PartKeeper& keeper() const { return keeper_; }
  // Signed packages may bring data as well; outlives it.
  void take_packages(SignedData& data) { signed_ = &data; }
  RescuePart& rescue() { return rescue_; }
  const RescuePart& rescue() const { return rescue_; }

  // Intake. begin() of an offer with a target also refuses with pending_confirm while data is on
  // trial, not_now, part_busy, no_room, and too_big where the partition is smaller.
  Result<> welcome(const Offer& offer) override;
  Result<> begin(const Offer& offer) override;
  Result<> write(Bytes bytes) override;
  Result<std::uint64_t> resume_at(std::uint64_t at) override;
  Result<Taken> finish(PayloadEnd end = PayloadEnd::told) override;
  void abort(const Error& why) override;
  void never_began(Scheme scheme, const Error& why) override { updater_.never_began(scheme, why); }

  // Steering: of the app, and of data that came without one.
  bool pending() const override { return updater_.pending() || keeper_.on_trial(); }
  Result<> may_decide(Scheme scheme) override { return updater_.may_decide(scheme); }
  Result<> confirm() override;
  Result<> roll_back(RolledBack why) override;
  Result<> let_in(const ImageName& image) override { return updater_.let_in(image); }
  Result<> may_restart(Scheme scheme) override { return updater_.may_restart(scheme); }
  Result<> restart_into(std::string_view app) override { return updater_.restart_into(app); }

  // Targets.
  Result<std::uint8_t> find_target(std::string_view name) const override;
  std::span<const Part> parts() const override { return keeper_.parts(); }
  bool goes_in_place(const Part& part) const override { return keeper_.goes_in_place(part); }
  bool keeps_older_app(const Part&) const override { return keeper_.staging() != nullptr; }
  std::uint32_t rescue_room() const override { return rescue_.room(); }

  // PartPackage, within a session of the Updater that the installer has opened.
  void begin_package(bool one_way) override;
  void expect_app() override { with_app_ = true; }
  Result<> expect(std::string_view label, std::uint64_t size) override;
  Result<> open(std::string_view label, const Offer& offer) override;
  Result<> write_part(Bytes bytes) override { return front_.push(bytes); }
  // For SignedData. Errors: pending_confirm, not_now.
  Result<> may_write_rescue() const;
  // For SignedData: begin_package() within a session that is an app's to the Updater.
  void start_package(bool one_way);
  // The same of a part whose content is known: size_mismatch, image_mismatch and too_big where it
  // turns out to be another. `transfer`: bytes that are sent; 0: not known.
  Result<> open_promised(std::string_view label, std::uint64_t transfer, const Promised& content);
  // Ends a session that brought so many parts and nothing else.
  void close_data(Trust trust, std::size_t parts);
  // As PackageData has them.
  Result<> give_up_slot();
  bool leave_room(std::uint32_t bytes) { return receiver_.leave_room(bytes); }
  // close_part() in two steps: what was received in place counts only after the second.
  Result<> verify_part();
  Result<> settle_part();
  Result<> close_part() override;
  Result<> bind_app() override;
  Result<> bind_data() override;
  void drop_package() override;
  // A session that is not what finish() wants ends with this; also for SignedData.
  Result<Taken> give_up(const Error& why, PayloadEnd ended);

 private:
  Result<> may_take(const Part& part) const;
  Result<bool> bring_while_unmounted(const Part& part);
  Result<> start_part(const Part& part, const Offer& offer);
  Offer sized(Offer offer) const;
  void settle_signing();
  Result<> begin_app(const Offer& offer);
  Result<> may_begin_rescue(const Offer& offer) const;
  Result<> begin_rescue(const Offer& offer);
  Result<Taken> finish_app(PayloadEnd ended);
  void end_signed();
  Result<> check_way_back(bool with_app);
  void tell();
  Result<> end(const Error& why);

  Updater& updater_;
  PartKeeper& keeper_;
  BoundBoot& bound_;
  const Policy& policy_;
  PartReceiver receiver_;
  PartFront front_;
  RescuePart rescue_;
  SignedData* signed_ = nullptr;
  bool alone_ = false;     // a session for one part, begun here
  bool with_app_ = false;  // the package brings one
  bool one_way_ = false;
  bool data_alone_ = false;  // what waits for the restart is data and nothing else
  Offer offer_;
  Result<Trust> trust_ = Trust::unsigned_image;
  std::uint64_t taken_ = 0;
  std::array<Received, kParts> received_;
  std::size_t count_ = 0;
};

}  // namespace updraft::parts
