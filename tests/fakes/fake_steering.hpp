// A Steering that only records the calls, and gives the answers of a test.
#pragma once
#include <optional>
#include <string>

#include "updraft/steering.hpp"

namespace updraft::fakes {

class FakeSteering final : public Steering {
 public:
  bool on_trial = false;
  std::optional<Code> decide_error, confirm_error, roll_back_error, let_in_error, restart_error,
      into_error;

  std::string calls;  // "confirm", "roll_back:went_back", "let_in"

  ImageName named{};  // that was to be let in last

  bool pending() const override { return on_trial; }
  Result<> may_decide(Scheme) override {
    if (decide_error) return fail(*decide_error, Where::gate);
    return {};
  }
  Result<> confirm() override {
    if (!on_trial) return fail(Code::not_pending, Where::boot);
    return answer("confirm", confirm_error);
  }
  Result<> roll_back(RolledBack why) override {
    if (!on_trial) return fail(Code::not_pending, Where::boot);
    return answer("roll_back:" + std::string(name(why)), roll_back_error);
  }
  Result<> let_in(const ImageName& image) override {
    named = image;
    return answer("let_in", let_in_error);
  }
  Result<> may_restart(Scheme) override {
    if (restart_error) return fail(*restart_error, Where::gate);
    return {};
  }
  Result<> restart_into(std::string_view app) override {
    return answer("restart_into:" + std::string(app), into_error);
  }

 private:
  Result<> answer(const std::string& call, const std::optional<Code>& error) {
    calls += (calls.empty() ? "" : " ") + call;
    if (error) return fail(*error, Where::boot);
    on_trial = false;
    return {};
  }
};

}  // namespace updraft::fakes
