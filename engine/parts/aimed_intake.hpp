// What a listener hands on that is bound to one target, for protocols that cannot name one: raw TCP
// by `--raw-to fs:LABEL`. The protocol machine knows nothing of it.
#pragma once
#include "updraft/intake.hpp"

namespace updraft::parts {

class AimedIntake final : public Intake {
 public:
  // `target`: a number that Targets gave, of those that belong to `intake`, which outlives this.
  AimedIntake(Intake& intake, std::uint8_t target) : intake_(intake), target_(target) {}

  Result<> welcome(const Offer& offer) override { return intake_.welcome(aimed(offer)); }
  Result<> begin(const Offer& offer) override { return intake_.begin(aimed(offer)); }
  Result<> write(Bytes bytes) override { return intake_.write(bytes); }
  Result<std::uint64_t> resume_at(std::uint64_t at) override { return intake_.resume_at(at); }
  Result<Taken> finish(PayloadEnd end) override { return intake_.finish(end); }
  void abort(const Error& why) override { intake_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override { intake_.never_began(scheme, why); }

 private:
  Offer aimed(Offer offer) const {
    offer.target = target_;
    return offer;
  }

  Intake& intake_;
  std::uint8_t target_;
};

}  // namespace updraft::parts
