// Socket bundle, the host's end: the twin of protocols/bundle/SPEC.md sections 2 and 8. Logs in,
// announces the files, sends the stream, and hears how it went.
//
// The device says FAIL and no more; one of ours says BUSY where the same may work later. Errors:
//   auth_failed    the password is wrong
//   locked         LOCKED: too many wrong passwords came from here lately
//   busy           BUSY in place of the second OK: the device has another update
//   rescue_first   BUSY in place of the result: it restarts into its rescue app, which takes it
//   not_wanted     FAIL; `found` is the step (7: the metadata, 9: the content)
//   protocol       an answer that is none
//   timeout        no whole answer within kBundleAnswerMs, or kBundleResultMs for the last one; or
//                  it takes the stream slower than pace.hpp says
//   aborted        the device went away; `found` of `expected` bytes of the stream were sent
//   size_mismatch  the source ended before its size
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/link.hpp"

#include "protocols/link/login.hpp"
#include "protocols/link/pace.hpp"
#include "protocols/link/source.hpp"

namespace updraft::link {

inline constexpr Millis kBundleAnswerMs{15'000};  // for a whole answer
inline constexpr Millis kBundleResultMs{60'000};  // unpacking may happen before the answer

class BundleHost final : public Link {
 public:
  // All outlive it. `stream`: the files as one raw DEFLATE stream, of the announced size.
  BundleHost(std::string_view password, Bytes metadata, Source& stream);

  void on_connected(Instant now) override { asked_at_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }

  std::uint64_t sent() const { return sent_; }  // bytes of the stream, for progress displays
  std::uint64_t total() const { return stream_.size(); }

 private:
  enum class State : std::uint8_t { challenge, login, length, metadata, result, closed };
  bool take(std::byte byte);  // false: no answer looks like this
  bool answer();
  bool say(Bytes words, State next);
  bool close(Result<> outcome);

  std::string_view password_;
  Bytes metadata_;
  Source& stream_;
  State state_ = State::challenge;  // what is heard next
  Result<> outcome_;
  Answer answer_{};
  std::array<std::byte, 10> length_{};
  Bytes to_say_;
  std::array<char, 16> heard_{};
  std::size_t heard_size_ = 0;
  std::uint64_t sent_ = 0;
  Instant asked_at_{};  // when it was to answer
  Pace pace_;           // of the stream
};

}  // namespace updraft::link
