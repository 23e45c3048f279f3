// The server's end of one HTTP connection, as a Link: one request, one reply, then the end; or a
// WebSocket, whose machine then has the connection. Beast reads the head, HttpGuard judges it.
//
// A head has kHttpHeadMs and kHttpHeaderBytes; bodies are not read, because nothing here takes one.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/link.hpp"

#include "protocols/ws/http_guard.hpp"
#include "protocols/ws/ws_channel.hpp"

namespace updraft::linux_port {

inline constexpr Millis kHttpHeadMs{5'000};
inline constexpr Millis kHttpReplyMs{10'000};  // for the peer to take a reply

struct HttpReply {
  link::HttpStatus status = link::HttpStatus::ok;
  std::string type;  // Content-Type
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // further header fields
};

// What is served on a connection. GET and HEAD change nothing.
class HttpService {
 public:
  virtual ~HttpService() = default;
  virtual const link::HttpSite& site() const = 0;
  virtual std::string_view policy() const = 0;  // Content-Security-Policy of every reply
  // nullopt: there is nothing at that path.
  virtual std::optional<HttpReply> get(std::string_view path, Instant now) = 0;
  // The machine for a WebSocket at that path, once per connection; it lives as long as the service.
  // nullptr: there is none.
  virtual link::WsMachine* open_socket(std::string_view path) = 0;
};

class HttpLink final : public link::Link {
 public:
  explicit HttpLink(HttpService& service) : service_(service) {}

  void on_connected(Instant now) override { started_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override;
  bool proven() const override { return channel_ && channel_->proven(); }
  bool greeted() const override { return head_passed_; }
  Result<> outcome() const override { return channel_ ? channel_->outcome() : Result<>{}; }

 private:
  enum class State : std::uint8_t { head, reply, socket, closed };
  std::optional<link::HttpStatus> take_head(Bytes& rx);
  void answer(Instant now);
  void route(std::string_view method, std::string_view path, const link::HttpGuard& guard,
             Instant now);
  void upgrade(link::WsMachine& machine, std::string_view key, Instant now);
  void refuse(link::HttpStatus status, Instant now);
  void send(const HttpReply& reply, Instant now, bool with_body = true);

  HttpService& service_;
  State state_ = State::head;
  bool head_passed_ = false;
  Instant started_{};
  std::string head_;
  std::string out_;
  std::size_t out_sent_ = 0;
  std::optional<link::WsChannel> channel_;
};

}  // namespace updraft::linux_port
