// What an update by ws:// is for, besides the app: otaTarget and otaOneWay, for a WsDevice that is
// lent one of these (protocols/ws/SPEC.md section 7). A device without data partitions has none,
// and ignores both names as an original does.
#pragma once
#include "updraft/intake.hpp"

#include "engine/parts/part.hpp"

namespace updraft::link {

class WsTargets {
 public:
  // Whether a message of that name is one of these; then outcome() says how it went.
  virtual bool hears(std::string_view name, std::string_view value) = 0;
  virtual const Result<>& outcome() const = 0;
  virtual std::string_view named() const = 0;  // as the client said it
  // What was said, into the offer of the update that begins; then it is forgotten.
  virtual void aim(Offer& offer) = 0;

 protected:
  ~WsTargets() = default;
};

// Of one connection.
class PartTargets final : public WsTargets {
 public:
  explicit PartTargets(const parts::Targets& targets) : targets_(targets) {}  // which outlives it

  // Errors of otaTarget: those of parts::Targets.
  bool hears(std::string_view name, std::string_view value) override;
  const Result<>& outcome() const override { return outcome_; }
  std::string_view named() const override { return named_.view(); }
  void aim(Offer& offer) override;

 private:
  const parts::Targets& targets_;
  Result<> outcome_;
  Text<parts::kTargetChars> named_;
  std::uint8_t target_ = parts::kApp;
  bool one_way_ = false;
};

}  // namespace updraft::link
