// A bare image over a serial line, the host's end: the twin of protocols/uart/SPEC.md section 5.
//
//   state    what happens                                             left by
//   sending  gives a piece of kUartPiece bytes; the first unasked     all of it is given
//   waiting  until the piece has left the transmitter, a CR LF came   that; 30 s without a CR LF
//            after its first byte was given, and no more of them for  for the first piece, because
//            a moment: an original says many                          an original erases before it
//                                                                     reads; 1.5 s for others
//   ending   the last piece is taken: says nothing                    more than 2 s
//   closed   outcome() tells
//
// The device never says how it went: ok means that it has taken every piece. Text of a console on
// the same line is no CR LF of the device's, and is kept for a sentence. Errors:
//   timeout        no CR LF in time: `found` of `expected` bytes were taken; there is no resend
//   aborted        the line is gone
//   size_mismatch  the source ended before its size; the device sees an image that was cut
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/link/sealing_source.hpp"
#include "protocols/uart/uart_piece.hpp"

namespace updraft::link {

inline constexpr Millis kUartFirstMs{30'000};      // for the first piece: a whole slot is erased
inline constexpr Millis kUartConfirmMs{1'500};     // for others; after 2 s a device ends the image
inline constexpr Millis kUartQuietMs{20};          // after the last CR LF of a piece
inline constexpr Millis kUartEndMs{2'500};         // of silence, to end the image
inline constexpr Millis kUartStuckMs{30'000};      // for the line to take a piece from us
inline constexpr std::size_t kUartSaidBytes = 64;  // enough to know a console

class UartSender final : public Link {
 public:
  struct Config {
    const LinkCipher* cipher = nullptr;  // nullptr: plain
    unsigned baud = 0;                   // of the transmitter; 0: it takes no time, as of a pty
  };
  // The source and the cipher outlive it.
  UartSender(Source& source, const Config& config);

  void on_connected(Instant now) override { since_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }

  // Bytes on the wire: those that the device has taken; of all, or kUnknownSize before the end.
  std::uint64_t sent() const { return taken_; }
  std::uint64_t total() const { return total_; }
  // Text that was no CR LF of the device, its beginning.
  std::string_view said() const { return {said_.data(), said_size_}; }

 private:
  enum class State : std::uint8_t { sending, waiting, ending, closed };

  void hear(std::byte byte, Instant now);
  void next_piece(Instant now);
  void close(const Result<>& outcome);
  Millis line_time() const;  // of the piece

  std::optional<SealingSource> sealing_;
  Source& source_;
  unsigned baud_;
  std::uint64_t total_;
  std::uint64_t given_ = 0, taken_ = 0;  // bytes
  State state_ = State::sending;
  Result<> outcome_;
  bool first_ = true;                // the piece
  std::size_t piece_ = 0;            // bytes of it that were given
  Instant since_{};                  // when it began; when the last one was taken
  bool asked_ = false;               // the driver has none of it left
  std::optional<Instant> left_at_;   // when it will have left the transmitter
  std::optional<Instant> heard_at_;  // the last CR LF since it began
  bool at_line_start_ = true, cr_ = false;
  std::array<char, kUartSaidBytes> said_{};
  std::size_t said_size_ = 0;
};

}  // namespace updraft::link
