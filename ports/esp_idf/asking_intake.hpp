// Asks the application before an update begins: "may I install now?"
#pragma once
#include "updraft/core/intake.hpp"
#include "updraft/update/events.hpp"

#include "ports/esp_idf/literal.hpp"

namespace updraft::esp_idf {

class AskingIntake final : public Intake {
 public:
  using Question = bool (*)(const char* scheme, std::uint64_t total, void* context);

  // `question` may be nullptr: the answer is always yes. `observer` hears of a no.
  AskingIntake(Intake& engine, Observer& observer, Question question, void* context)
      : engine_(engine), observer_(observer), question_(question), context_(context) {}

  // Also: not_wanted, where the answer is no.
  Result<> begin(const Offer& offer) override {
    const bool yes =
        question_ == nullptr || question_(literal(name(offer.scheme)), offer.size, context_);
    if (yes) return engine_.begin(offer);
    const Error no{Code::not_wanted, Where::device};
    observer_.on_ended(offer.scheme, no);
    return std::unexpected(no);
  }
  Result<> write(Bytes bytes) override { return engine_.write(bytes); }
  Result<> finish(PayloadEnd end) override { return engine_.finish(end); }
  void abort(const Error& why) override { engine_.abort(why); }

 private:
  Intake& engine_;
  Observer& observer_;
  Question question_;
  void* context_;
};

}  // namespace updraft::esp_idf
