// A bare image over a serial line, the device's end: the twin of protocols/uart/SPEC.md section 5.
// The line is always there: image after image may come, and the link closes once one is installed.
//
//   state     what happens                                          left by
//   idle      waits for the first byte, for ever                    a byte
//   taking    gathers a piece of kUartPiece bytes, or what came     2 s of silence; an error; too
//             before the line was idle for a moment, writes it,     slow
//             then says CR LF, once
//   draining  says nothing and drops what comes, so that the rest   2 s of silence
//             of a refused image is no new one
//   closed    installed: the device restarts
//
// A host that sends at most kUartPiece bytes and then waits for CR LF never fills the line's buffer
// while flash is at work. Silence is counted while the device waits, never while it writes.
//
// Errors, besides those of payload_stream.hpp: timeout (slower than pace.hpp says), aborted (the
// line itself is gone). Fewer than 16 bytes and then silence are noise, and no update.
//
// RAM: kUartPiece, and less than 256 bytes.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "protocols/link/pace.hpp"
#include "protocols/link/payload_stream.hpp"
#include "protocols/uart/uart_piece.hpp"

namespace updraft::link {

inline constexpr Millis kUartSilenceMs{2'000};  // ends an image, as in the original
inline constexpr Millis kUartIdleMs{20};        // ends a piece; at least 10 characters
inline constexpr unsigned kUartOwed =
    4;  // CR LF kept for a host that does not read; more say nothing new

class UartDevice final : public Link {
 public:
  struct Config {
    std::uint64_t slot_size = 0;           // bytes that the update slot holds
    StreamDecryptor* decryptor = nullptr;  // nullptr: images come plain
    Millis idle = kUartIdleMs;             // uart_idle() of the line's speed
  };
  // The engine and the decryptor outlive it.
  UartDevice(Intake& engine, const Config& config)
      : config_(config),
        stream_(engine,
                {.scheme = kUart, .slot_size = config.slot_size, .decryptor = config.decryptor}) {}

  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }  // ok: installed

 private:
  enum class State : std::uint8_t { idle, taking, draining, closed };

  void take(Bytes rx);
  void write_piece();
  void end();
  void drain();
  bool silent(Instant now) const {
    return waiting_since_ && now - *waiting_since_ >= kUartSilenceMs;
  }

  Config config_;
  PayloadStream stream_;
  State state_ = State::idle;
  Result<> outcome_;
  Pace pace_;
  std::optional<Instant> waiting_since_;  // nothing came since
  unsigned counts_anew_ = 0;  // calls of on_waiting() from which silence is counted anew
  unsigned owed_ = 0;         // CR LF that were not said yet
  std::size_t held_ = 0;      // bytes of the piece
  std::array<std::byte, kUartPiece> piece_{};
};

// Ten characters of ten bits each at so many baud, and at least kUartIdleMs.
constexpr Millis uart_idle(unsigned baud) {
  return baud == 0 ? kUartIdleMs : std::max(kUartIdleMs, Millis{(100 * 1000 + baud - 1) / baud});
}

}  // namespace updraft::link
