// The server's end of one HTTP connection, as a Link: one request, one reply, then the end; or a
// WebSocket, whose machine then has the connection. Beast reads the head, HttpGuard judges it. The
// body of a request goes to the HttpMachine that the service opens for it.
//
// A head has kHttpHeadMs and kHttpHeaderBytes, a body the times of HttpBodyClock. After an answer
// that comes before the end of the body the rest is read and dropped, for kHttpDrainMs.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/link.hpp"

#include "protocols/link/http_exchange.hpp"
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
  std::string_view reason = {};  // empty: the guard's words for the status
  std::string policy = {};       // Content-Security-Policy; empty: the service's
  std::string referrer = {};     // Referrer-Policy; empty: that of kHttpReplyFields
};

// What is served on a connection. GET and HEAD change nothing.
class HttpService {
 public:
  virtual ~HttpService() = default;
  virtual const link::HttpSite& site() const = 0;
  virtual std::string_view policy() const = 0;  // Content-Security-Policy of every reply
  virtual link::Origin origin() const { return link::kSomewhere; }  // where the peer is
  // nullopt: there is nothing at that path.
  virtual std::optional<HttpReply> get(std::string_view path, Instant now) = 0;
  // Asked before the head is judged: what has to mark such a request.
  virtual link::HttpMark mark(std::string_view method, std::string_view path) {
    (void)method, (void)path;
    return link::HttpMark::header;
  }
  // What takes such a request, once per connection, before get() is asked; it lives as long as the
  // service. nullptr: nothing does.
  virtual link::HttpMachine* open_machine(const link::HttpRequest& request) {
    (void)request;
    return nullptr;
  }
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
  bool proven() const override;
  bool greeted() const override { return head_passed_; }
  Result<> outcome() const override { return channel_ ? channel_->outcome() : Result<>{}; }

 private:
  enum class State : std::uint8_t { head, body, reply, draining, socket, closed };
  std::optional<link::HttpStatus> take_head(Bytes& rx);
  void answer(Instant now);
  void route(const link::HttpRequest& request, const link::HttpGuard& guard, Instant now);
  void begin_body(link::HttpMachine& machine, const link::HttpRequest& request,
                  const link::HttpGuard& guard, Instant now);
  void take_body(Bytes& rx, Instant now);
  void cut_body(Failure why, Instant now);
  void send_answer(const link::HttpAnswer& answer, Instant now);
  void drain(std::size_t size);
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
  link::HttpMachine* machine_ = nullptr;
  link::HttpBodyClock clock_;
  std::uint64_t body_left_ = 0;  // bytes that the peer is still to send
  bool peer_done_ = false;
  bool expects_continue_ = false;
  std::optional<link::WsChannel> channel_;
};

}  // namespace updraft::linux_port
