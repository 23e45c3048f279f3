// The control path, the host's end: the twin of protocols/control/SPEC.md section 8. Asks one thing
// at a time and waits for the answer to that one; anything else is dropped or noted.
//
//   host.begin(now);                            // or write(), end(), ask_version()
//   ... drive the link until !host.waiting() ...
//   if (!host.answer()) ...
//
// An answer that belongs to another request (late, doubled) does not count, and time goes on. An
// event says that the device started anew: within a session, that is from the answer to begin() to
// the answer to end(), the request in hand fails, or if there is none the next one.
//
// Errors of answer(): not_wanted (the device said -1), rescue_first (kControlIntoRescue), timeout,
// aborted (Where::link: the line is gone; Where::device: the device restarted), protocol (an answer
// without a result), no_session (write() or end() if there is none: nothing was sent), too_big (a
// write of more than kOtaWrite or of nothing); `found` is the request's msg_id. timeout is also a
// session that lasts longer than kPaceTotalMs.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/control/control_message.hpp"
#include "protocols/link/pace.hpp"

namespace updraft::link {

inline constexpr std::size_t kControlChunk = 4'000;  // bytes of a write, as the originals send them
inline constexpr std::size_t kOtaWrite = 4'096;      // most that a host may put into one
inline constexpr Millis kControlSlowMs{30'000};      // for begin and end to be answered
inline constexpr Millis kControlWriteMs{10'000};     // for a write
inline constexpr Millis kControlAskMs{5'000};        // for anything else

class ControlHost final : public Link {
 public:
  explicit ControlHost(ControlForm form = ControlForm::current) : form_(form) {}

  // All need !waiting(); one that fails before it sends leaves it so.
  void begin(Instant now);
  void write(Bytes data, Instant now);  // copied
  void end(Instant now);
  // The older form has no such request: not_wanted.
  void ask_version(Instant now, Millis limit = kControlAskMs);
  void give_up();  // the request that waits is forgotten: aborted

  bool waiting() const { return asked_ != 0; }
  Result<> answer() const { return answer_; }                 // to the last request
  const ControlVersion& version() const { return version_; }  // the last answer to ask_version()
  bool current() const { return current_; }  // the last end(): it runs already; no restart follows
  bool in_session() const { return in_session_; }
  unsigned restarts() const { return restarts_; }      // how often the device said that it is up
  unsigned heartbeats() const { return heartbeats_; }  // heard so far

  void on_connected(Instant now) override;  // also again, with a new line after a lost one
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_deadline(Instant now) override;
  // A whole frame if there is room for it: one write of a driver is one frame.
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return lost_ ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return fail(Code::aborted, Where::link); }

 private:
  static constexpr std::size_t kRequestBytes = kControlHeadBytes + kOtaWrite + 32;

  void ask(const ControlMessage& request, Instant now, Millis limit);
  void take(const ControlFrame& frame);
  void take_event(const ControlMessage& event);
  void take_response(const ControlMessage& response);
  void conclude(Result<> answer);
  void look_for_frames(Bytes rx);
  Result<> not_in_session(std::uint32_t request);
  void break_session(Where by);

  ControlForm form_;
  std::array<std::byte, kControlFrameBytes> memory_{};
  ControlFramer framer_{memory_};
  std::array<std::byte, kRequestBytes> request_{};
  Bytes unsent_;             // rest of request_
  std::uint32_t asked_ = 0;  // msg_id of the request that waits; 0: none
  std::int32_t uid_ = 0;     // of the last request
  Instant due_{};
  Instant begun_{};  // the session
  Instant heard_at_{};
  Result<> answer_;
  ControlVersion version_;
  bool current_ = false;
  bool in_session_ = false;
  std::optional<Where> broken_;  // what ended the session, until a request has told it
  bool lost_ = false;
  unsigned restarts_ = 0;
  unsigned heartbeats_ = 0;
};

}  // namespace updraft::link
