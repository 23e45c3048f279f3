// Data partitions that a signed package brings (component `fs` of spec/suit.md section 2): what
// stands between the verifier of packages and a PartUpdater. The package comes as an app does, over
// any link and through the Updater; what it says is for a partition goes here instead of the slot.
//
//   SignedData data(engine, updater, policy);
//   engine.take_packages(data);
//   signing.bring_data(data);          // SignedUpdates
#pragma once
#include "updraft/policy.hpp"

#include "engine/parts/part_updater.hpp"
#include "engine/update/package_data.hpp"

namespace updraft::parts {

class SignedData final : public PackageData {
 public:
  // All outlive it.
  SignedData(PartUpdater& engine, LeanUpdater& updater, const Policy& policy)
      : engine_(engine), updater_(updater), policy_(policy) {}

  // A session that a package may come in begins, or is over. At other times none is offered data:
  // inside a bundle a package is an app.
  void begin(const Offer& offer) {
    in_session_ = true;
    unsigned_ = judge_files(policy_, offer);
    offer_ = offer;
  }
  void end() {
    in_session_ = false;
    expected_ = received_ = 0;
  }
  bool brings_data() const { return expected_ != 0; }
  // In place of Updater::finish(), where the package brings data: binds it to the app that came
  // with it, or to the one that runs. Errors: those of finish(), no_room, flash. end() follows.
  Result<Taken> finish(PayloadEnd ended);

  std::uint32_t room_for(std::string_view label) const override;
  Result<> begin_data(bool with_app, bool is_signed) override;
  Result<> expect_data(const DataComponent& component) override;
  Result<> open_data() override;
  Result<> write_data(Bytes bytes) override { return engine_.write_part(bytes); }
  Result<> close_data() override;
  std::uint32_t rescue_room() const override { return in_session_ ? engine_.rescue().room() : 0; }
  Result<> open_rescue(const DataComponent& component, bool is_signed) override;
  Result<> give_up_slot() override { return engine_.give_up_slot(); }
  bool leave_room(std::uint32_t bytes) override { return engine_.leave_room(bytes); }
  DataStand stand_of(const crypto::Sha256Digest& data, std::uint32_t bytes) const override;

 private:
  struct Expected {
    Text<kLabel> label;
    Promised content;
    std::uint64_t transfer = 0;
  };
  bool goes_in_place(const Expected& part) const;
  std::size_t last_to_count() const;
  Result<> bind(bool app);

  PartUpdater& engine_;
  LeanUpdater& updater_;
  const Policy& policy_;
  std::array<Expected, kParts> parts_;
  std::size_t expected_ = 0, received_ = 0;
  bool in_session_ = false;
  bool with_app_ = false;
  Offer offer_;
  Result<Trust> unsigned_ = Trust::unsigned_image;  // of a package that nobody signed
  Trust trust_ = Trust::signed_image;
};

}  // namespace updraft::parts
