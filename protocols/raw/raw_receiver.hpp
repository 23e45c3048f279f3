// Raw TCP, the device's end: the twin of protocols/raw/SPEC.md section 6. The same machine whether
// the device listens (upload) or connects (download): it only reads, and closes after the result.
//
//   state     what happens                                        left by
//   head      gathers the first 16 bytes, claims nothing          16 bytes; an end; 10 s
//   body      owns the update session, hands everything on        an end; an error; too slow
//   draining  refused: reads and discards, so that the peer       an end; 3 s
//             sees a FIN and no reset
//   closed    outcome() tells
//
// An end is the peer's FIN, its loss, or 2 s of silence after at least one byte. Silence is counted
// while the receiver waits for bytes, never while it works on flash. Whether the image was complete
// at the end is for the engine to say.
//
// Errors, besides the engine's: payload_missing (an end without a byte), timeout (nothing in time,
// too slow, or silence before the image was complete), too_big, aborted (lost within the head), and
// size_mismatch if an encrypted stream ends within a block: `found` bytes came, whole blocks
// would be `expected`. Such a stream was far more often cut than sent without its padding, so this
// is a failure (send again) and not a refusal.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "protocols/link/stream_decryptor.hpp"

namespace updraft::link {

inline constexpr Millis kRawFirstByteMs{10'000};  // for the whole head, from the connection on
inline constexpr Millis kRawSilenceMs{2'000};     // ends the image, as in the original
inline constexpr Millis kRawTotalMs{900'000};     // for the whole connection
inline constexpr Millis kRawDrainMs{3'000};       // for a refused peer to finish
inline constexpr std::size_t kRawHeadBytes = 16;  // what the gate needs to judge
inline constexpr std::uint64_t kRawMarginBytes = 4096;  // allowed beyond the slot: padding
inline constexpr std::uint64_t kRawMinRate = 256;       // bytes per second of waiting
inline constexpr Millis kRawRateMs{10'000};             // waiting time over which it is measured

class RawReceiver final : public Link, private Holder {
 public:
  struct Config {
    std::uint64_t slot_size = 0;           // bytes that the update slot holds
    StreamDecryptor* decryptor = nullptr;  // nullptr: the stream is plain
    bool fetches = false;  // the device has connected: it tells of a host that gave nothing, too
  };
  // `intake` and the decryptor must outlive the receiver.
  RawReceiver(Intake& intake, const Config& config) : intake_(intake), config_(config) {}

  void on_connected(Instant now) override { started_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  // While it owns the update session, and after a success: a refused peer has proven nothing.
  bool proven() const override;
  Result<> outcome() const override { return outcome_; }
  // False: nothing came that was meant as an update, and nobody was told of it.
  bool attempted() const { return attempted_; }

 private:
  enum class State : std::uint8_t { head, body, draining, closed };
  enum class End : std::uint8_t { done, silence, lost };

  Bytes take_head(Bytes rx);  // returns the bytes after the head
  void claim(Bytes head);
  void take_body(Bytes rx);
  Result<> hand_on(Bytes rx);
  void end(End how);
  void end_in_head(End how);
  void turn_away(const Error& why);  // in the head: the engine was not asked
  Result<> end_in_body(End how);
  void on_taken_over() override { refuse({Code::busy, Where::device}); }
  void refuse(const Error& why);   // the engine or a limit said no: read on, politely
  void give_up(const Error& why);  // the peer keeps us waiting: close without reading on

  void stop_waiting(Instant now);
  bool too_slow(std::size_t arrived);
  bool silent(Instant now) const;
  Instant time_limit() const;

  Intake& intake_;
  Config config_;
  State state_ = State::head;
  Result<> outcome_;
  bool attempted_ = false;
  std::uint64_t received_ = 0;
  std::array<std::byte, kRawHeadBytes> head_{};
  Instant started_{};
  std::optional<Instant> waiting_since_;  // nothing arrived since
  std::optional<Instant> drain_until_;    // from the first wait after a refusal on
  Millis waited_{0};                      // of the current stretch of kRawRateMs
  std::uint64_t arrived_ = 0;             // bytes in that stretch
};

}  // namespace updraft::link
