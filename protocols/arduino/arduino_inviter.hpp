// ArduinoOTA, the host's end in datagrams: the twin of protocols/arduino/SPEC.md sections 2, 3
// and 7. Invites a device, answers what it asks, and waits until it calls.
//
//   state      what happens                          left by
//   inviting   an invitation every second            a reply; no more tries
//   answering  the answer is out                     a reply, however late; 3 s: invites again
//   accepted   "OK": the device is about to call     called(); 10 s
//   over       outcome() tells
//
// An original in its login takes the next invitation for a wrong answer and says nothing, so no
// less than three are needed once a datagram was lost. A device that refuses the SHA-256 of the
// password is invited once more and told its MD5, which is all that some have stored.
//
// Errors, besides the code that one of our devices names:
//   unreachable  no reply at all
//   timeout      it replied, and did not call; or did not reply to the answer
//   auth_failed  the password is wrong, or it asked and there is none
//   busy         it said so to each invitation
//   protocol     a nonce of no known length
//   not_wanted   a reply in words of its own: said()
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/crypto/random.hpp"
#include "protocols/arduino/arduino_login.hpp"
#include "protocols/arduino/arduino_words.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::link {

inline constexpr Millis kArduinoInviteMs{1'000};  // the original waits ten times as long
inline constexpr Millis kArduinoAgainMs{3'000};   // the same while an answer is out
inline constexpr Millis kArduinoAnswerMs{
    10'000};  // to the last one; 10000 rounds take a chip seconds
inline constexpr Millis kArduinoCallMs{10'000};  // for the connection back

class ArduinoInviter final : public DatagramLink {
 public:
  struct Config {
    PeerAddress device;
    ArduinoInvitation invitation;
    std::string_view password;  // empty: there is none
    bool md5_password = false;  // begin with the MD5 of it
    unsigned tries = 10;        // invitations
    crypto::RandomSource random = &crypto::random_bytes;
  };
  // The password outlives it.
  explicit ArduinoInviter(const Config& config) : config_(config) {}

  // Where the device shall call; before the first datagram.
  void listens_on(std::uint16_t port) { config_.invitation.port = port; }
  // The device has called: that says as much as "OK".
  void called() { end({}); }

  void on_datagram(const PeerAddress& from, Bytes bytes, Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<Datagram> write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;

  bool over() const { return state_ == State::over; }
  Result<> outcome() const { return outcome_; }              // once it is over
  bool heard() const { return heard_; }                      // the device has replied
  bool accepted() const { return accepted_; }                // and said "OK"
  std::optional<ArduinoForm> form() const { return form_; }  // that the last answer had
  std::string_view said() const { return said_.view(); }

 private:
  enum class State : std::uint8_t { inviting, answering, accepted, over };
  enum class Next : std::uint8_t { nothing, invitation, proof };

  void invite(Instant now);
  void take_nonce(std::string_view nonce, Instant now);
  void take_wrong(Instant now);
  void take_words(std::string_view words);
  void end(const Result<>& outcome);

  Config config_;
  State state_ = State::inviting;
  Result<> outcome_;
  Result<> last_ = fail(Code::unreachable, Where::link);  // why the last invitation came to nothing
  Next next_ = Next::nothing;
  unsigned invited_ = 0;
  Instant due_ = Instant::min();
  bool heard_ = false, accepted_ = false;
  bool answered_ = false;  // and the device has not said whether that was right
  std::optional<ArduinoForm> form_;
  ArduinoHex nonce_, cnonce_;
  Text<kArduinoLineBytes> said_;
};

}  // namespace updraft::link
