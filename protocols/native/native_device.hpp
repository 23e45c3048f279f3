// The native push, the device's end of one connection: HTTP requests come in, JSON replies go out
// (spec/protocols/native.md section 2). It stands in TLS with the key of the pairing: whoever is
// heard here is the device's owner.
//
//   state    what is read                      then
//   head     a request, up to 1024 bytes        the body, or the reply
//   body     as many bytes as it said           the reply
//   waiting  nothing: for an event              the reply, after 25 s at most
//   closing  nothing more                       the last reply, and the end
//
// One request at a time; what comes before the reply is read breaks the protocol. Errors are those
// of the last request that was refused; a refusal is a reply, and the connection goes on where the
// body was read.
#pragma once
#include "updraft/link.hpp"
#include "updraft/steering.hpp"

#include "protocols/native/native_board.hpp"
#include "protocols/native/native_reply.hpp"
#include "protocols/native/native_request.hpp"
#include "protocols/native/native_session.hpp"

namespace updraft::link {

// What the device shall do once the connection is over.
enum class NativeWish : std::uint8_t { none, restart, roll_back };

// What all connections of a device share. All outlive it.
struct NativeShared {
  NativeShared(Intake& to, Steering& steers, NativeBoard& on,
               crypto::RandomSource random = &crypto::random_bytes)
      : engine(to), steering(steers), board(on), session(to, random) {}
  Intake& engine;
  Steering& steering;
  NativeBoard& board;
  NativeSession session;
  std::uint32_t connections = 0;
};

class NativeDevice final : public Link {
 public:
  explicit NativeDevice(NativeShared& door) : door_(door), number_(++door.connections) {}
  NativeDevice(const NativeDevice&) = delete;
  NativeDevice& operator=(const NativeDevice&) = delete;

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override;
  // Who only waits for what happens gives way to a push.
  bool proven() const override { return served_ && !quiet_ && state_ != State::waiting; }
  Result<> outcome() const override { return outcome_; }

  NativeWish wish() const { return wish_; }
  bool unpairs() const { return unpairs_; }  // once it is over
  bool served() const { return served_; }    // a request was answered: the peer is the owner

 private:
  enum class State : std::uint8_t { head, body, waiting, closing };

  void take_head(Bytes& rx, Instant now);
  void take_request(Instant now);
  void take_body(Bytes& rx);
  void end_body(Instant now);
  void call(Instant now);
  void open_session();
  void apply();
  void roll_back();
  void take_key_set();
  void wait_for_event(Instant now);
  void reply_events();
  void reply_device();
  void reply_key_set();

  HttpText body() { return HttpText(reply_body_); }
  void reply(std::uint16_t status, const HttpText& body);
  void reply_need(std::uint16_t status);
  void refuse(const Error& why);
  void refuse_unread(const Error& why);
  void end(const Result<>& outcome, Instant now);
  void leave_if_closing(Instant now);
  bool has_reply() const { return sent_ < head_size_ + body_size_; }

  NativeShared& door_;
  std::uint32_t number_;
  State state_ = State::head;
  Result<> outcome_;
  NativeWish wish_ = NativeWish::none;
  bool served_ = false, idle_ = false, quiet_ = false, unpairs_ = false, over_ = false;
  NativeRequest request_;
  std::uint64_t left_ = 0;  // of the body
  Result<> part_;           // how its body went so far
  // The head of a request, then a body that is gathered: the head of a package, a KeySet.
  std::array<char, kNativeHeadBytes> room_{};
  std::size_t size_ = 0;
  std::array<char, 192> reply_head_{};
  std::array<char, kNativeReplyBytes> reply_body_{};
  std::size_t head_size_ = 0, body_size_ = 0, sent_ = 0;
  Instant since_{};  // it waits, for a request or bytes of it
  std::optional<Instant> event_until_;
};

}  // namespace updraft::link
