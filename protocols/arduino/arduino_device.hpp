// ArduinoOTA, the device's end: the twin of protocols/arduino/SPEC.md sections 2, 3 and 7. Hears
// invitations, asks for the password where there is one, and calls the host back.
//
//   an invitation, no password     "OK", and the host is called
//   an invitation, a password      "AUTH <nonce>": a fresh one, for one answer within 5 s
//   a right answer                 "OK", and the host is called
//   a wrong answer                 "Authentication Failed"; that address has to wait a second
//   ten wrong ones in a row        "locked: ..." for a minute, to that address
//   what the engine would refuse   "too_big: ..." and the like, in place of the call
//   the same again while it calls  "OK": the first one was lost
//   anything else                  nothing
//
// One host is called at a time. One that has not shown the beginning of an image within
// kArduinoPatienceMs gives way to the next; a third one is told "busy: ...".
//
// A challenge has 64 digits, and is answered in any form that there is: the tool of cores before
// 3.3.1 reads half of it and takes the device for one of its own.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/crypto/random.hpp"
#include "engine/parts/part.hpp"
#include "protocols/arduino/arduino_download.hpp"
#include "protocols/arduino/arduino_login.hpp"
#include "protocols/arduino/arduino_words.hpp"
#include "protocols/link/datagram_link.hpp"
#include "protocols/link/login.hpp"

namespace updraft::link {

inline constexpr Millis kArduinoChallengeMs{5'000};  // for an answer; the original waits for ever
inline constexpr Millis kArduinoPatienceMs{500};     // with a host that shows nothing
// Challenges that wait for their answer. Two for one address, so that two tools on one machine do
// not spoil each other's; with all taken, the oldest goes.
inline constexpr std::size_t kArduinoChallenges = 8;
inline constexpr std::size_t kArduinoOfOneHost = 2;

class ArduinoDevice final : public DatagramLink {
 public:
  struct Config {
    std::string_view password;  // empty: whoever invites is called, and has proved nothing
    bool legacy = false;        // a challenge of 32 digits, as devices before core 3.3.1 give it
    crypto::RandomSource random = &crypto::random_bytes;
    // Of the engine; nullptr: it takes apps alone. Command 100 means its file system.
    const parts::Targets* targets = nullptr;
  };
  // The engine and the password outlive it.
  ArduinoDevice(Intake& engine, const Config& config) : engine_(engine), config_(config) {}

  void on_datagram(const PeerAddress& from, Bytes bytes, Instant now) override;
  void on_deadline(Instant now) override;
  void on_called_back(const Result<>& outcome, Instant now) override;
  std::optional<Datagram> write_to(MutableBytes tx) override;
  std::optional<Call> call_back() override;
  std::optional<Instant> deadline() const override;

 private:
  struct Challenge {
    bool taken = false, asked = false;
    PeerAddress from;
    ArduinoInvitation invitation;
    ArduinoHex nonce;
    Instant ask_at{};  // then it is good for kArduinoChallengeMs
  };
  struct Host {
    PeerAddress at;  // port: of TCP
    ArduinoInvitation invitation;
    std::optional<ArduinoDownload> download;
    Instant since{};  // called
  };
  enum class Reply : std::uint8_t { none, ok, wrong, error };

  void invited(const PeerAddress& from, const ArduinoInvitation& invitation);
  void challenge(const PeerAddress& from, const ArduinoInvitation& invitation);
  void answered(const PeerAddress& from, const ArduinoProof& proof);
  void accept(const PeerAddress& from, const ArduinoInvitation& invitation, bool proved);
  bool is_coming(const PeerAddress& from, const ArduinoInvitation& invitation) const;
  Result<std::uint8_t> target_of(const ArduinoInvitation& invitation) const;
  Host* place_for_next();
  Challenge& challenge_place(const PeerAddress& from);
  void forget(const PeerAddress& from, const ArduinoInvitation* invitation);
  void reply(const PeerAddress& to, Reply what) { to_ = to, reply_ = what; }
  void refuse(const PeerAddress& to, const Error& why) { error_ = why, reply(to, Reply::error); }

  Intake& engine_;
  Config config_;
  LoginGuards guards_;
  std::array<Challenge, kArduinoChallenges> challenges_;
  std::array<Host, 2> hosts_;  // the one that is called, and the next
  Host *called_ = nullptr, *next_ = nullptr;
  Reply reply_ = Reply::none;  // to the datagram that came last
  PeerAddress to_;
  Error error_{Code::busy, Where::device};
  Instant now_{};
};

}  // namespace updraft::link
