// Socket bundle, the device's end: the twin of protocols/bundle/SPEC.md sections 2 and 8.
//
//   state      what happens                                       left by
//   waiting    a wrong answer came from there lately: does not    the guard opens
//              ask yet
//   challenge  8 hex digits are out, 64 come back                 an answer
//   length     10 characters                                      they are there
//   metadata   JSON, read as a stream; then the list is judged    its last byte
//   stream     raw DEFLATE, inflated and split into the files     compressed_size bytes
//   draining   refused: reads and drops what the client still     all of it; 10 s
//              sends, so that it sees FAIL, or BUSY, and no reset
//   parting    the last reply is out; waits for the client        its end; 0.5 s
//   closed     outcome() tells
//
// A client whose address gave too many wrong answers hears LOCKED, in place of a challenge or of
// the reply to its answer; then the device closes.
//
// A client that leaves before it has answered a challenge is no attempt: nobody is told of it.
//
// Nothing is announced to the engine before the metadata are complete and valid. The client's
// numbers are checked: a stream that differs from compressed_size or the sizes is an error.
//
// Errors, besides the engine's: auth_failed, locked, protocol, bad_path, too_big, malformed (no
// DEFLATE, or it ends too early), size_mismatch (it gives too little), no_memory (before the engine
// hears of it), timeout, aborted.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/link.hpp"

#include "engine/codec/inflater.hpp"
#include "protocols/bundle/bundle_intake.hpp"
#include "protocols/bundle/bundle_metadata.hpp"
#include "protocols/link/login.hpp"

namespace updraft::link {

inline constexpr Millis kBundleStepMs{10'000};  // for each step; within the stream: of silence
inline constexpr Millis kBundleTotalMs{900'000};
inline constexpr Millis kBundleDrainMs{10'000};
inline constexpr Millis kBundlePartingMs{500};
inline constexpr std::size_t kBundleLengthChars = 10;
// Room for all that a device can say on one connection: two AUTH_FAIL, three challenges, OK three
// times, UPDATE_SUCCESS. A client that never reads cannot make it more.
inline constexpr std::size_t kBundleWords = 2 * 9 + 3 * 8 + 3 * 2 + 14;

// What the connections of one device share; only the one that is logged in and owns the session
// uses list and inflater. The inflater borrows its memory, 44 KiB, for the time of a bundle.
struct BundleShared {
  BundleShared(MutableBytes list_memory, Lender& lender) : files(list_memory), inflater(lender) {}
  LoginGuards guards;
  BundleList files;
  codec::Inflater inflater;
  bool taken = false;  // list and inflater belong to a connection
};

// Has the inflater's memory set aside.
struct ReservedBundleShared : private WithRoom<codec::inflate_memory(codec::kInflateWindow)>,
                              public BundleShared {
  explicit ReservedBundleShared(MutableBytes list_memory) : BundleShared(list_memory, room) {}
};

class BundleDevice final : public Link {
 public:
  struct Config {
    std::string_view password;
    Origin from = kSomewhere;  // where the client is
    crypto::RandomSource random = &crypto::random_bytes;
  };
  // All outlive the machine.
  BundleDevice(BundleIntake& intake, BundleShared& shared, const Config& config)
      : intake_(intake), shared_(shared), config_(config) {}
  ~BundleDevice();

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override;
  bool proven() const override { return logged_in_; }
  Result<> outcome() const override { return outcome_; }
  bool attempted() const { return tries_ > 0; }  // false: its end is nothing to tell of

 private:
  enum class State : std::uint8_t {
    waiting,
    challenge,
    length,
    metadata,
    stream,
    draining,
    parting,
    closed
  };
  // The engine's session: not begun, waiting for finish() or abort(), ended.
  enum class Session : std::uint8_t { none, open, over };
  bool collect(Bytes& rx, std::size_t size);  // into field_; true when it is full
  void ask(Instant now);                      // unless it is locked out
  bool locked(Instant now) const { return shared_.guards.locked(config_.from, now); }
  void say_locked(Instant now);
  void take_answer(Instant now);
  Error gone() const;
  void take_length(Instant now);
  void take_metadata(Bytes& rx, Instant now);
  Result<> announce();
  void take_stream(Bytes& rx, Instant now);
  Result<> inflate(Bytes part);
  Result<> hand_on(Bytes made);
  Result<> open_next();
  void finish_stream(Instant now);

  void enter(State state, Instant now);
  void say(std::string_view words);
  void part(const Error& why, Instant now);    // the last word is said
  void refuse(const Error& why, Instant now);  // FAIL or BUSY, when the client can hear it
  void fail_now(Instant now);
  void end(const Error& why);  // the client cannot be told any more
  void end_session(const Error& why);
  void let_go();

  BundleIntake& intake_;
  BundleShared& shared_;
  Config config_;
  BundleMetadata metadata_{shared_.files};
  State state_ = State::waiting;
  Result<> outcome_ = fail(Code::aborted, Where::link);
  bool logged_in_ = false;
  bool owns_shared_ = false;
  Session session_ = Session::none;
  unsigned tries_ = 0;
  Challenge challenge_{};
  std::array<std::byte, kAnswerChars> field_{};
  std::size_t field_size_ = 0;
  std::uint64_t left_ = 0;       // bytes of metadata or stream that are still to come
  std::uint64_t made_ = 0;       // bytes inflated
  std::uint64_t file_left_ = 0;  // bytes that the open file lacks
  std::array<char, kBundleWords> words_{};
  std::size_t words_size_ = 0, words_sent_ = 0;
  Instant started_{}, step_since_{};
  bool stepping_ = false;  // step_since_ holds; silence in the stream counts only while waiting
};

}  // namespace updraft::link
