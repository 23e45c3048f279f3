// A Steering that only records the calls, and gives the answers of a test.
#pragma once
#include <optional>
#include <string>

#include "updraft/steering.hpp"

namespace updraft::fakes {

class FakeSteering final : public Steering {
 public:
  bool on_trial = false;
  std::optional<Code> confirm_error, roll_back_error, restart_error;

  std::string calls;  // "confirm", "roll_back"

  bool pending() const override { return on_trial; }
  Result<> confirm() override {
    if (!on_trial) return fail(Code::not_pending, Where::boot);
    return answer("confirm", confirm_error);
  }
  Result<> roll_back() override {
    if (!on_trial) return fail(Code::not_pending, Where::boot);
    return answer("roll_back", roll_back_error);
  }
  Result<> may_restart(Scheme) override {
    if (restart_error) return fail(*restart_error, Where::gate);
    return {};
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
