// ArduinoOTA, the host's end of the connection that the device makes: protocols/arduino/SPEC.md
// section 4. Sends everything without waiting for counts, which say only that more may come, and
// looks for "OK".
//
// Errors, besides the code that one of our devices names:
//   not_wanted     the device said no in words of its own: said()
//   aborted        it closed without a word. With all bytes sent (`found` = `expected`) nobody
//                  knows how it went: it may be about to start the new image
//   timeout        it takes the image slower than pace.hpp says, or no result within
//                  kArduinoResultMs of its last word
//   protocol       "OK" before the last byte was sent
//   size_mismatch  the source ended before its size
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/link.hpp"

#include "protocols/arduino/arduino_words.hpp"
#include "protocols/link/pace.hpp"
#include "protocols/link/source.hpp"

namespace updraft::link {

inline constexpr Millis kArduinoResultMs{60'000};  // to verify, after the last byte

class ArduinoUpload final : public Link {
 public:
  explicit ArduinoUpload(Source& source) : source_(source) {}  // which outlives it

  void on_connected(Instant now) override { pace_.begin(now); }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override { pace_.moved(sent_, total(), now); }
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return closed_ ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }

  std::uint64_t sent() const { return sent_; }  // for progress displays
  std::uint64_t total() const { return source_.size(); }
  std::string_view said() const { return {words_.data(), words_size_}; }  // what was no count

 private:
  void take(char c);
  void judge();
  void close(const Result<>& outcome);

  Source& source_;
  std::uint64_t sent_ = 0;
  std::array<char, kArduinoLineBytes> words_{};
  std::size_t words_size_ = 0;
  bool closed_ = false;
  Result<> outcome_;
  Pace pace_;
};

}  // namespace updraft::link
