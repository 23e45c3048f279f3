// BootControl with the data of the apps: what is about to happen to a slot is told to the
// PartKeeper first, so that choosing an app chooses its data, over every protocol and with nothing
// more in the Updater.
#pragma once
#include "engine/parts/part_keeper.hpp"

namespace updraft::parts {

class BoundBoot final : public BootControl {
 public:
  // The keeper works on `boot` itself. Both outlive it.
  BoundBoot(BootControl& boot, PartKeeper& keeper) : boot_(boot), keeper_(keeper) {}

  ChipFacts facts() const override { return boot_.facts(); }
  Slot running() const override { return boot_.running(); }
  OtaState running_state() const override { return boot_.running_state(); }
  Result<Slot> update_slot() const override { return boot_.update_slot(); }
  Flash& flash(const Slot& slot) override { return boot_.flash(slot); }
  // Errors also: part_busy.
  Result<> forget(const Slot& slot) override {
    UPDRAFT_TRY(keeper_.leave_slot(slot));
    return boot_.forget(slot);
  }
  Result<> select(const Slot& slot) override {
    UPDRAFT_TRY(keeper_.bind_choice(slot));
    return boot_.select(slot);
  }
  // First the app: a record of data that is given up too early cannot be taken back.
  Result<> confirm() override {
    UPDRAFT_TRY(boot_.confirm());
    return keeper_.confirm();
  }
  Result<> reject() override { return boot_.reject(); }
  std::optional<RejectedSlot> rejected_slot() override { return boot_.rejected_slot(); }
  std::optional<Slot> factory() const override { return boot_.factory(); }
  std::optional<DamagedRecord> damaged_record() override { return boot_.damaged_record(); }

 private:
  BootControl& boot_;
  PartKeeper& keeper_;
};

}  // namespace updraft::parts
