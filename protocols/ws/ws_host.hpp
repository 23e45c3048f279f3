// WebSocket updates of ota_ws_update, the host's end: the twin of protocols/ws/SPEC.md sections 3
// and 7. Sends an image, and says what shall become of an image that is on trial there.
//
//   state     what happens                                              limit
//   greeting  waits for otaCheckRollback: an image is on trial          kWsGreetMs, then none is
//   login     the device asked for a password, and was answered;        kWsChunkMs
//             or will be asked                                        in all
//   naming    otaTarget was said: the device must answer with the same    kWsTargetMs, then it does
//             text, else it would take the file for an app                not know targets
//   asking    otaSize was said; the device may erase a whole slot       kWsAnswerMs
//   sending   answers each otaGetChunk with the bytes it asks for       kWsChunkMs each, and
//                                                                       pace.hpp for all
//   ending    everything is sent; the device verifies                   kWsAnswerMs
//   parting   a restart was asked for: the connection goes, or stays    kWsPartMs
//             silent, which an original device does
//   closed    outcome() tells
//
// Errors:
//   not_wanted       otaError; refusal() is the device's own text. GET /ota/status has the code and
//                    sentence
//   pending_confirm  an image is on trial, and nobody said what to do with it
//   not_pending      it shall be rolled back, but none is on trial
//   auth_failed      the password is wrong, or it wants one and none was given
//   locked           too many wrong ones came from here lately
//   wrong_target     it does not know targets
//   protocol         the device says what makes no sense here
//   timeout          no answer in time, or it asks for too little at a time to come to an end
//   aborted          the device cancelled, or the connection was lost; `found` of `expected` bytes
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/steering.hpp"

#include "protocols/link/pace.hpp"
#include "protocols/ws/ws_machine.hpp"
#include "protocols/ws/ws_text.hpp"
#include "protocols/ws/ws_words.hpp"

namespace updraft::link {

inline constexpr Millis kWsGreetMs{500};
inline constexpr Millis kWsTargetMs{2'000};
inline constexpr Millis kWsAnswerMs{30'000};
inline constexpr Millis kWsChunkMs{10'000};
inline constexpr Millis kWsPartMs{10'000};
inline constexpr unsigned kWsRepeats = 16;  // requests in a row that bring nothing new

class WsHost final : public WsMachine {
 public:
  // What shall become of an image that is on trial when we come.
  // What to do where the device has something on trial: end there, go on as if it had not, decide.
  enum class Trial : std::uint8_t { leave, pass_over, keep, go_back };
  struct Config {
    Bytes image;           // must outlive the machine; empty: nothing is sent
    bool restart = false;  // into the new image, once it is in place
    Trial trial = Trial::leave;
    bool force = false;                    // also if it is what runs already
    std::optional<ImageName> let_in = {};  // before it is sent: it was rolled back there
    std::string_view into = {};      // without an image, with `restart`: into the app of this name
    std::string_view target = {};    // what the image is for, where it is not the app: "fs:web"
    bool one_way = false;            // of data: without a way back, if there is no room for one
    std::string_view password = {};  // if the device asks; empty: none is known
  };
  explicit WsHost(const Config& config) : WsMachine(0), config_(config) {}

  void on_open(Instant now) override;
  void on_lost(Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<WsMessage> next_message() override;
  std::optional<Instant> deadline() const override;
  Result<> outcome() const override { return outcome_; }

  std::uint64_t sent() const { return sent_; }  // for progress displays
  std::uint64_t total() const { return config_.image.size(); }
  bool found_trial() const { return found_trial_; }  // an image was on trial
  bool installed() const { return installed_; }      // the device said so
  bool current() const { return current_; }          // it said: that runs already
  std::string_view refusal() const { return refusal_.view(); }

 private:
  enum class State : std::uint8_t {
    greeting,
    login,
    naming,
    asking,
    sending,
    ending,
    parting,
    closed
  };

  void begin_message(bool binary, Instant now) override;
  void expect(bool, std::uint64_t) override {}
  void take(bool binary, Bytes piece, Instant now) override;
  void end_message(bool binary, Instant now) override;
  void refuse(bool binary, WsClose why) override;

  void hear(Instant now);
  void log_in(Instant now);
  void decide(Instant now);
  void begin(Instant now);
  void ask(Instant now);
  void give(std::optional<std::uint64_t> offset, Instant now);
  void end(Instant now);
  void part(Instant now);
  void enter(State state, Instant now);
  void say(WsWord word);
  void finish(const Result<>& outcome);
  void finish(Code code) { finish(Result<>(fail(code, Where::link, sent_, total()))); }

  Config config_;
  State state_ = State::greeting;
  Result<> outcome_;
  Instant since_{};
  Pace pace_;  // of what is sent
  WsText text_;
  Result<> text_read_;
  Text<kWsTokenBytes> refusal_;
  bool found_trial_ = false, installed_ = false, current_ = false;
  bool logged_in_ = false;
  std::optional<Answer> answer_;  // to be sent first
  std::uint64_t chunk_ = 0, sent_ = 0;
  std::uint64_t furthest_ = 0;  // that sent() ever was
  unsigned repeats_ = 0;
  std::array<WsWord, 8> words_{};
  std::size_t words_first_ = 0, words_count_ = 0;
  Bytes piece_;  // of the image, to be sent after the words
  std::array<char, kWsAnswerBytes> room_{};
};

}  // namespace updraft::link
