// A WebSocket connection after its handshake: carries a WsMachine on the bytes of a socket, as a
// client or as a server (RFC 6455). Answers ping and close; a frame against the rules closes with
// 1002, and its payload is not read. Once a close frame is out the link is closed: whoever drives
// it shuts the socket down in order.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "engine/crypto/random.hpp"
#include "protocols/ws/ws_machine.hpp"

namespace updraft::link {

enum class WsSide : std::uint8_t { server, client };

inline constexpr Millis kWsCloseMs{2'000};  // for the peer to read our last words

class WsChannel final : public Link {
 public:
  // `random`: a client's masks.
  WsChannel(WsMachine& machine, WsSide side, crypto::RandomSource random = &crypto::random_bytes)
      : machine_(machine), side_(side), random_(random), reader_(side == WsSide::server) {}

  void on_connected(Instant now) override { machine_.on_open(now); }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  bool proven() const override { return machine_.proven(); }
  Result<> outcome() const override { return machine_.outcome(); }

 private:
  enum class State : std::uint8_t {
    open,
    closing,  // reads no more; says what is left, then closes
    closed,
  };
  void begin_frame(Instant now);
  void take(Bytes& rx, Instant now);
  void end_control(Instant now);
  void close_with(WsClose why);
  bool next_frame();
  void frame(WsOpcode opcode, Bytes payload);

  WsMachine& machine_;
  WsSide side_;
  crypto::RandomSource random_;
  State state_ = State::open;
  WsFrameReader reader_;
  std::array<std::byte, kWsControl> control_{};  // payload of the control frame that is being read
  std::size_t control_size_ = 0;
  std::optional<std::array<std::byte, kWsControl>> pong_;  // to be sent; the latest is enough
  std::size_t pong_size_ = 0;
  std::optional<WsClose> close_;  // a close frame is to be sent
  bool close_sent_ = false;
  std::optional<Instant> closing_since_;

  // The frame that is being sent.
  std::array<std::byte, kWsHeadBytes> head_{};
  Bytes head_left_, payload_left_;
  std::array<std::byte, kWsControl> sent_control_{};
  WsMask mask_{};
  std::uint64_t phase_ = 0;
};

}  // namespace updraft::link
