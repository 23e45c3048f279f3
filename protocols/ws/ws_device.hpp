// WebSocket updates of ota_ws_update, the device's end: the twin of protocols/ws/SPEC.md, with
// the robust behaviour of its section 7.
//
//   state      what happens                                          left by
//   idle       waits for otaSize                                     otaSize
//   updating   asks for chunk after chunk; owns the update session   the last one; an error;
//              from the first bytes on                               otaCancel; 30 s too slow
//   installed  otaEnd was said; waits for otaRestartEsp              otaRestartEsp
//
// An update belongs to its connection: it is aborted with it, and a second client gets
// `Error start ota` (busy), at its otaSize or with its first chunk, without disturbing it. After an
// otaError the connection stays, so that the user keeps the message; only what breaks a limit or a
// rule of WebSocket closes it.
//
// What runs already is a success: otaEnd, with a member that the original does not look at, and the
// connection may go on. otaForce, which the original does not know and ignores, has it installed
// all the same.
//
// otaTarget before otaSize says that the update is for a data partition; the device answers with
// the same text once it knows that it has one. The original ignores it, so whoever gets no answer
// must not send. It holds for one otaSize. otaOneWay allows data that there is no way back from.
//
// Whoever decides about an image on trial or lets one in again that was rolled back (otaRetry,
// which the original does not know and ignores) must be let in by the policy as for an update.
//
// Where the product sets a password (Config::login), whoever asks for anything must have logged in:
// an update, a decision, a restart. It is a sender that proved itself then. An original client,
// which knows no login, hears an otaError; the observers hear auth_failed.
//
// The peer hears the original's words. The code and the sentence of an otaError go to the
// observers, and from there into the status document.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/steering.hpp"

#include "engine/core/ring.hpp"
#include "protocols/link/claim.hpp"
#include "protocols/ws/ws_login.hpp"
#include "protocols/ws/ws_machine.hpp"
#include "protocols/ws/ws_targets.hpp"
#include "protocols/ws/ws_text.hpp"
#include "protocols/ws/ws_words.hpp"

namespace updraft::link {

inline constexpr std::uint32_t kWsChunk = 8192;   // bytes of a binary message
inline constexpr Millis kWsIdleMs{30'000};        // silence that ends an update
inline constexpr std::uint64_t kWsMinRate = 256;  // bytes per second of waiting, over kWsIdleMs
inline constexpr std::size_t kWsPending = 8;      // messages that a peer may leave unread

// What the owner of the connection shall do once it is closed.
enum class WsWish : std::uint8_t { none, restart, roll_back };

class WsDevice final : public WsMachine {
 public:
  struct Config {
    std::uint32_t chunk = kWsChunk;  // rounded down to a multiple of 16, as the original does
    WsLogin* login = nullptr;        // this connection's; nullptr: nobody has to log in
    // Of this connection; nullptr: it takes apps alone.
    WsTargets* targets = nullptr;
  };
  // Both outlive it.
  WsDevice(Intake& intake, Steering& steering, const Config& config);
  WsDevice(Intake& intake, Steering& steering) : WsDevice(intake, steering, Config{}) {}
  ~WsDevice();

  void on_open(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<WsMessage> next_message() override;
  std::optional<Instant> deadline() const override;
  bool proven() const override {
    return state_ == State::installed || claim_.has_engine() || logged_in();
  }
  Result<> outcome() const override { return outcome_; }

  // The device is about to restart: aborts an update and closes with 1001.
  void go_away();
  WsWish wish() const { return wish_; }

 private:
  enum class State : std::uint8_t { idle, updating, installed };
  struct Said {
    WsWord word;
    std::uint64_t number;
  };

  void begin_message(bool binary, Instant now) override;
  void expect(bool binary, std::uint64_t size) override;
  void take(bool binary, Bytes piece, Instant now) override;
  void end_message(bool binary, Instant now) override;
  void refuse(bool binary, WsClose why) override;

  bool logged_in() const { return login_ != nullptr && login_->passed(); }
  void greet();
  void log_in(const WsLogin::Says& says);
  bool let_ask(std::string_view name);
  void obey(Instant now);
  void name_target();
  void start();
  void take_chunk(Bytes piece);
  void end_chunk();
  void restart();
  void restart_into();
  void cancel();
  void process_rollback();
  bool may_decide();
  void let_in();
  bool stop(const Error& why);                    // aborts the update that runs; false: none does
  void fail_with(WsWord word, const Error& why);  // ends what runs and tells the peer
  void turn_away(WsWord word, const Error& why);  // the same for what is no request
  void tell(WsWord word, const Error& why);       // what the engine has said
  void say(WsWord word, std::uint64_t number = 0);
  void stop_waiting(Instant now);
  void give_up();
  Error gone() const { return {Code::aborted, Where::link, received_, size_}; }

  Intake& intake_;
  Claim claim_;
  Steering& steering_;
  WsLogin* login_;
  WsTargets* targets_;
  std::uint32_t chunk_;
  State state_ = State::idle;
  Result<> outcome_;
  WsWish wish_ = WsWish::none;
  WsText text_;
  Result<> text_read_;
  bool again_ = false;   // install also what runs already: otaForce
  bool ignore_ = false;  // the binary message that is being read belongs to no update
  std::uint64_t size_ = 0, received_ = 0;
  std::uint64_t message_at_ = 0;  // offset of the binary message that is being read
  Ring<Said, kWsPending> said_;   // waits to be sent
  std::array<char, kWsWordBytes> room_{};
  std::optional<Instant> waiting_since_;  // in an update: nothing arrived since
  Millis waited_{0};                      // of the current stretch of kWsIdleMs
  std::uint64_t arrived_ = 0;             // bytes in that stretch
};

}  // namespace updraft::link
