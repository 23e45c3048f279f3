// ArduinoOTA, the device's connection back to the host: protocols/arduino/SPEC.md section 4. Reads
// the image, says after each read how many bytes it took, and at the end "OK" or why not.
//
// A host must not add the counts up (they run together on the way), so a count that was not sent
// yet is replaced by the next one, and a host that never reads fills no memory.
//
// After a refusal it waits for the host to hang up. It does not close by itself before the tools
// have given up: the current one takes a connection that is closed in order for an update that may
// have worked, and ends with 0.
//
// Errors, besides the engine's: payload_missing (it announced no bytes), digest_mismatch (they are
// not those of the MD5 that was announced), timeout, aborted, busy (gave way, or the engine was
// taken over).
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "engine/crypto/md5.hpp"
#include "protocols/arduino/arduino_words.hpp"
#include "protocols/link/claim.hpp"

namespace updraft::link {

inline constexpr Millis kArduinoSilenceMs{1'000};      // then the last count is said again
inline constexpr unsigned kArduinoRepeats = 3;         // of it in a row; then the host is gone
inline constexpr Millis kArduinoTotalMs{900'000};      // for the whole connection
inline constexpr std::uint64_t kArduinoMinRate = 256;  // bytes per second of waiting, as raw TCP
inline constexpr Millis kArduinoRateMs{10'000};        // waiting time over which it is measured
inline constexpr Millis kArduinoRefusedMs{12'000};     // for the host to hang up; tools wait 10 s
inline constexpr Millis kArduinoFirstBytesMs{4'000};   // for what the gate needs to judge

class ArduinoDownload final : public Link {
 public:
  // The engine outlives it. `proved`: the host has answered with the password. `target`: Offer's.
  ArduinoDownload(Intake& engine, const ArduinoInvitation& invitation, bool proved,
                  std::uint8_t target = 0);

  // Asks the engine, before the host is called. Errors: those of Intake::welcome().
  Result<> announce();
  void never_called(const Error& why);    // the connection did not come about
  void give_way() { gives_way_ = true; }  // to another host: it closes at its deadline, now

  void on_connected(Instant now) override { started_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  bool proven() const override { return over() ? outcome_.has_value() : claim_.has_engine(); }
  bool over() const { return state_ != State::receiving; }  // well or not
  Result<> outcome() const override { return outcome_; }

 private:
  enum class State : std::uint8_t { receiving, refused, closed };

  void finish();
  void refuse(const Error& why);   // the engine was told
  void give_up(const Error& why);  // tells the engine and the host
  void end(const Result<>& outcome, State state);
  bool too_slow(std::size_t arrived, Instant now);

  Claim claim_;
  ArduinoInvitation invitation_;
  std::uint8_t target_;
  bool proved_;
  crypto::Md5 md5_;
  std::uint64_t left_;
  std::uint64_t last_ = 0;  // bytes of the last read
  bool count_due_ = false;  // they were not said yet
  unsigned repeats_ = 0;
  bool gives_way_ = false;
  State state_ = State::receiving;
  Result<> outcome_;
  std::array<std::byte, kArduinoLineBytes> words_{};  // the last ones
  std::size_t words_size_ = 0, words_sent_ = 0;
  Instant started_{};
  std::optional<Instant> waiting_since_;
  Millis waited_{0};           // of the current stretch of kArduinoRateMs
  std::uint64_t arrived_ = 0;  // bytes in that stretch
};

}  // namespace updraft::link
