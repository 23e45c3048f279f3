// Asks the application before an update begins: "may I install now?" It is asked without the lock,
// which whoever calls an intake holds.
#pragma once
#include "updraft/intake.hpp"

#include "ports/esp_idf/literal.hpp"
#include "ports/esp_idf/lock.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "protocols/bundle/bundle_intake.hpp"

namespace updraft::esp_idf {

// The application's answer; a nullptr always says yes.
struct Question {
  bool (*ask)(const char* scheme, std::uint64_t total, void* context) = nullptr;
  void* context = nullptr;
  Lock& lock;
  Reporter* reporter = nullptr;  // hears what is offered, once it is taken

  bool yes_to(const Offer& offer) const {
    if (ask == nullptr) return true;
    const Unheld unheld(lock);
    return ask(literal(name(offer.scheme)), offer.size, context);
  }
};

// Under the lock, as every call of an intake.
template <class Engine>
Result<> begin_with(Engine& engine, const Question& question, const Offer& offer) {
  const Result<> begun = engine.begin(offer);
  if (begun && question.reporter != nullptr) question.reporter->offered(offer.size);
  return begun;
}

template <class Engine>
Result<> turn_away(Engine& engine, Scheme scheme) {
  const Error no{Code::not_wanted, Where::device};
  engine.never_began(scheme, no);
  return std::unexpected(no);
}

class AskingIntake final : public Intake {
 public:
  AskingIntake(Intake& engine, const Question& question) : engine_(engine), question_(question) {}

  // Error, besides the engine's: not_wanted.
  Result<> welcome(const Offer& offer) override {
    return question_.yes_to(offer) ? engine_.welcome(offer) : turn_away(engine_, offer.scheme);
  }
  Result<> begin(const Offer& offer) override {
    const bool yes = offer.welcomed || question_.yes_to(offer);
    return yes ? begin_with(engine_, question_, offer) : turn_away(engine_, offer.scheme);
  }
  Result<> write(Bytes bytes) override { return engine_.write(bytes); }
  Result<std::uint64_t> resume_at(std::uint64_t at) override { return engine_.resume_at(at); }
  Result<Taken> finish(PayloadEnd end) override { return engine_.finish(end); }
  void abort(const Error& why) override { engine_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override { engine_.never_began(scheme, why); }

 private:
  Intake& engine_;
  Question question_;
};

class AskingBundleIntake final : public BundleIntake {
 public:
  AskingBundleIntake(BundleIntake& engine, const Question& question)
      : engine_(engine), question_(question) {}

  Result<> begin(const Offer& offer) override {
    return question_.yes_to(offer) ? begin_with(engine_, question_, offer)
                                   : turn_away(engine_, offer.scheme);
  }
  Result<> expect(std::string_view path, std::uint64_t size) override {
    return engine_.expect(path, size);
  }
  Result<> open(std::string_view path, std::uint64_t size) override {
    return engine_.open(path, size);
  }
  Result<> write(Bytes bytes) override { return engine_.write(bytes); }
  Result<Taken> finish() override { return engine_.finish(); }
  void abort(const Error& why) override { engine_.abort(why); }
  void never_began(Scheme scheme, const Error& why) override { engine_.never_began(scheme, why); }

 private:
  BundleIntake& engine_;
  Question question_;
};

}  // namespace updraft::esp_idf
