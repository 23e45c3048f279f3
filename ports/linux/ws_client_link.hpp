// The client's end of a WebSocket connection, as a Link: the handshake, then its machine has the
// connection.
#pragma once
#include <optional>
#include <string>

#include "protocols/ws/ws_channel.hpp"

namespace updraft::linux_port {

inline constexpr Millis kWsHandshakeMs{10'000};

class WsClientLink final : public link::Link {
 public:
  // `host` as in a Host field, with the port if it is not the scheme's. The machine outlives it.
  // Errors besides the machine's: http_status (`found`), protocol (not a handshake), timeout.
  WsClientLink(link::WsMachine& machine, const std::string& host, const std::string& path);

  void on_connected(Instant now) override { started_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override;
  bool greeted() const override { return channel_.has_value(); }  // the handshake is over
  Result<> outcome() const override { return channel_ ? channel_->outcome() : outcome_; }

 private:
  void answer(Instant now);
  void give_up(Code code, std::uint64_t found = 0);

  link::WsMachine& machine_;
  std::string key_;
  std::string out_;
  std::string head_;
  Instant started_{};
  bool closed_ = false;
  Result<> outcome_ = fail(Code::aborted, Where::link);
  std::optional<link::WsChannel> channel_;
};

}  // namespace updraft::linux_port
