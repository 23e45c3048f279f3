// Asks the application before an update begins: "may I install now?"
#pragma once
#include "updraft/events.hpp"
#include "updraft/intake.hpp"

#include "ports/esp_idf/literal.hpp"
#include "protocols/bundle/bundle_intake.hpp"

namespace updraft::esp_idf {

// The application's answer; a nullptr always says yes.
struct Question {
  bool (*ask)(const char* scheme, std::uint64_t total, void* context) = nullptr;
  void* context = nullptr;

  // not_wanted, where the answer is no; `observer` hears of it.
  Result<> put(const Offer& offer, Observer& observer) const {
    if (ask == nullptr || ask(literal(name(offer.scheme)), offer.size, context)) return {};
    const Error no{Code::not_wanted, Where::device};
    observer.on_ended(offer.scheme, no);
    return std::unexpected(no);
  }
};

class AskingIntake final : public Intake {
 public:
  AskingIntake(Intake& engine, Observer& observer, const Question& question)
      : engine_(engine), observer_(observer), question_(question) {}

  Result<> begin(const Offer& offer) override {
    const Result<> yes = question_.put(offer, observer_);
    return yes ? engine_.begin(offer) : yes;
  }
  Result<> write(Bytes bytes) override { return engine_.write(bytes); }
  Result<std::uint64_t> resume_at(std::uint64_t at) override { return engine_.resume_at(at); }
  Result<> finish(PayloadEnd end) override { return engine_.finish(end); }
  void abort(const Error& why) override { engine_.abort(why); }

 private:
  Intake& engine_;
  Observer& observer_;
  Question question_;
};

class AskingBundleIntake final : public BundleIntake {
 public:
  AskingBundleIntake(BundleIntake& engine, Observer& observer, const Question& question)
      : engine_(engine), observer_(observer), question_(question) {}

  Result<> begin(const Offer& offer) override {
    const Result<> yes = question_.put(offer, observer_);
    return yes ? engine_.begin(offer) : yes;
  }
  Result<> expect(std::string_view path, std::uint64_t size) override {
    return engine_.expect(path, size);
  }
  Result<> open(std::string_view path, std::uint64_t size) override {
    return engine_.open(path, size);
  }
  Result<> write(Bytes bytes) override { return engine_.write(bytes); }
  Result<> finish() override { return engine_.finish(); }
  void abort(const Error& why) override { engine_.abort(why); }

 private:
  BundleIntake& engine_;
  Observer& observer_;
  Question question_;
};

}  // namespace updraft::esp_idf
