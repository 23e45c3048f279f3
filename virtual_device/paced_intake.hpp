// Models a chip's network: the payload comes in segments at the rate of the link, and the one task
// waits for each segment that has not arrived yet, in modelled time. A device without a modelled
// network or flash does without it.
#pragma once
#include "updraft/intake.hpp"

#include "sim/downlink.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::device {

class PacedIntake final : public Intake {
 public:
  // All outlive it. Without a modelled network it only passes on.
  PacedIntake(Intake& next, sim::Downlink& network, sim::NorFlash& flash)
      : next_(next), network_(network), flash_(flash) {}

  Result<> welcome(const Offer& offer) override { return next_.welcome(offer); }
  Result<> begin(const Offer& offer) override {
    const Result<> begun = next_.begin(offer);
    if (begun) network_.open();
    return begun;
  }
  Result<> write(Bytes bytes) override {
    if (!network_.modelled()) {
      flash_.yield();
      return next_.write(bytes);
    }
    while (!bytes.empty()) {
      const Bytes segment = at_most(bytes, sim::kChipSegment);
      network_.take(static_cast<std::uint32_t>(segment.size()));
      flash_.yield();
      UPDRAFT_TRY(next_.write(segment));
      bytes = bytes.subspan(segment.size());
    }
    return {};
  }
  Result<std::uint64_t> resume_at(std::uint64_t at) override { return next_.resume_at(at); }
  Result<Taken> finish(PayloadEnd end) override { return next_.finish(end); }
  void abort(const Error& why) override { next_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override { next_.never_began(scheme, why); }

 private:
  Intake& next_;
  sim::Downlink& network_;
  sim::NorFlash& flash_;
};

}  // namespace updraft::device
