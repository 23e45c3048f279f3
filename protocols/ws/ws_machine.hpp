// What a protocol over WebSocket messages looks like to whoever carries it: frames of data and time
// in; whole messages, a deadline and the wish to close out. No sockets, no clock, no heap.
//
// `WsChannel` carries one on the bytes of a socket; on ESP-IDF esp_http_server does, whose handlers
// see frames. The carrier answers ping and close itself and does this until close() or a loss:
//   on_open() after the handshake
//   on_frame() and on_payload() for each text, binary or continuation frame
//   send everything that next_message() gives
//   on_waiting(now), then wait for frames until deadline()
//   when close(): send what is left, a close frame, and close; read nothing more
//
// Fragments are joined here, by the limits of security.md section 6: a message is judged by what
// its frames announce, before their payload is taken.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/time.hpp"

#include "protocols/ws/ws_frame.hpp"

namespace updraft::link {

inline constexpr std::size_t kWsTextBytes = 1024;  // of a text message
inline constexpr std::size_t kWsFragments = 64;    // of a message

// A message to send. The bytes live until the next call of next_message().
struct WsMessage {
  bool binary = false;
  Bytes bytes;
};

class WsMachine {
 public:
  virtual void on_open(Instant now) = 0;
  void on_frame(const WsFrameHead& head, Instant now);
  void on_payload(Bytes piece, Instant now);           // head.length bytes in all
  virtual void on_lost(Instant now) = 0;               // closed by the peer, in whatever way
  virtual void on_waiting(Instant now) { (void)now; }  // as Link says
  virtual void on_deadline(Instant now) = 0;

  virtual std::optional<WsMessage> next_message() = 0;
  std::optional<WsClose> close() const { return close_; }
  virtual std::optional<Instant> deadline() const = 0;
  virtual bool proven() const { return false; }  // as Link says
  virtual Result<> outcome() const = 0;

 protected:
  // `binary_limit`: bytes that a binary message may have.
  explicit WsMachine(std::uint64_t binary_limit) : binary_limit_(binary_limit) {}
  ~WsMachine() = default;

  virtual void begin_message(bool binary, Instant now) = 0;
  // A frame of the message passed the limits; `size` of the message so far, with this frame.
  virtual void expect(bool binary, std::uint64_t size) = 0;
  virtual void take(bool binary, Bytes piece, Instant now) = 0;
  virtual void end_message(bool binary, Instant now) = 0;
  // A frame broke a rule or a limit: queue the last messages, then close_with().
  virtual void refuse(bool binary, WsClose why) = 0;

  void close_with(WsClose why) {
    if (!close_) close_ = why;
  }
  void limit_binary(std::uint64_t bytes) { binary_limit_ = bytes; }

 private:
  std::optional<WsClose> judge(const WsFrameHead& head, bool binary) const;
  void end_frame(Instant now);

  std::uint64_t binary_limit_;
  std::optional<WsClose> close_;
  bool in_message_ = false;
  bool binary_ = false;
  bool final_ = false;         // the frame that is being read is the last of its message
  std::size_t fragments_ = 0;  // of the message so far
  std::uint64_t size_ = 0;     // the same in bytes
  std::uint64_t left_ = 0;     // of the frame's payload
};

}  // namespace updraft::link
