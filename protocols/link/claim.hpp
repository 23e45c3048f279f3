// One connection's claim on the update engine, for protocols that announce a payload before its
// bytes: the engine is taken with the first bytes that it can judge, not with the announcement.
// Else whoever says a size, and no more, would keep everybody out.
//
//   state       what happens                                    left by
//   none        nothing is announced                            announce()
//   announced   gathers the first kClassifyBytes                write(), finish(), abort()
//   begun       hands everything on to the engine               its errors, finish(), abort()
//   taken_over  a sender that proved itself has the engine      write(), finish(): busy; abort()
#pragma once
#include <array>

#include "updraft/intake.hpp"

namespace updraft::link {

inline constexpr std::size_t kClaimBytes = 16;  // what the gate looks at

class Claim final : public Holder {
 public:
  explicit Claim(Intake& engine) : engine_(engine) {}  // which outlives it
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  // Takes nothing. Errors: those of Intake::welcome().
  Result<> announce(const Offer& offer);
  // As of Intake; also the errors of begin(), once.
  Result<> write(Bytes bytes);
  Result<std::uint64_t> resume_at(std::uint64_t at);
  Result<Taken> finish();
  void abort(const Error& why);

  // Whether the engine was reached: the payload announced last began.
  bool reached() const { return reached_; }
  bool has_engine() const { return state_ == State::begun; }

 private:
  enum class State : std::uint8_t { none, announced, begun, taken_over };

  void on_taken_over() override { state_ = State::taken_over; }
  Result<> enter();
  Result<> begin();

  Intake& engine_;
  Offer offer_;
  State state_ = State::none;
  bool reached_ = false;
  std::array<std::byte, kClaimBytes> first_{};
  std::size_t first_size_ = 0;
};

}  // namespace updraft::link
