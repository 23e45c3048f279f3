#include "ports/linux/http_link.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "engine/core/words.hpp"
#include "ports/linux/ws_handshake.hpp"

namespace updraft::linux_port {
namespace {

namespace http = boost::beast::http;
using link::HttpStatus;
using link::kHttpHeadEnd;

constexpr std::size_t kKeyChars = 24;

// A line must end with CR LF: a parser that takes one of them alone sees other fields than the next
// server on the way does.
bool has_odd_line_ends(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool cr_before = i > 0 && head[i - 1] == '\r';
    if ((head[i] == '\n') != cr_before || head[i] == '\0') return true;
  }
  return false;
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void HttpLink::on_bytes(Bytes rx, Instant now) {
  if (state_ == State::head) {
    if (const auto refused = take_head(rx)) return refuse(*refused, now);
    if (!head_.ends_with(kHttpHeadEnd)) return;
    answer(now);
  }
  if (state_ == State::body) take_body(rx, now);
  if (state_ == State::reply || state_ == State::draining) drain(rx.size());
  if (state_ == State::socket && !rx.empty()) channel_->on_bytes(rx, now);
}

// Takes the head off `rx`, or as much of it as is there.
std::optional<HttpStatus> HttpLink::take_head(Bytes& rx) {
  const std::size_t had = head_.size();
  const std::size_t most = std::min(rx.size(), link::kHttpHeaderBytes - had);
  head_.append(reinterpret_cast<const char*>(rx.data()), most);
  const std::size_t end =
      head_.find(kHttpHeadEnd, had < kHttpHeadEnd.size() ? 0 : had - kHttpHeadEnd.size());
  const bool complete = end != head_.npos;
  if (complete) head_.resize(end + kHttpHeadEnd.size());
  rx = rx.subspan(complete ? head_.size() - had : most);
  const std::size_t line_end = head_.find("\r\n");
  std::string_view line = std::string_view(head_).substr(0, line_end);
  if (line_end == head_.npos && line.ends_with('\r')) line.remove_suffix(1);  // LF is on the way
  if (line.size() > link::kHttpLine) return HttpStatus::fields_too_large;
  if (!complete && head_.size() == link::kHttpHeaderBytes) return HttpStatus::fields_too_large;
  return std::nullopt;
}

void HttpLink::answer(Instant now) {
  if (has_odd_line_ends(head_)) return refuse(HttpStatus::bad_request, now);
  http::request_parser<http::empty_body> parser;
  parser.body_limit(boost::none);  // whoever takes the body has a limit of its own
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(head_), error);
  const bool has_body = error == http::error::need_more || error == http::error::unexpected_body;
  if ((error && !has_body) || !parser.is_header_done()) {
    return refuse(HttpStatus::bad_request, now);
  }
  const auto& head = parser.get();
  const std::string_view target = view(head.target());
  link::HttpGuard guard(service_.site(), view(head.method_string()));
  for (const auto& field : head) guard.on_field(view(field.name_string()), view(field.value()));
  const link::HttpRequest request{.method = view(head.method_string()),
                                  .target = target,
                                  .type = view(head[http::field::content_type]),
                                  .authorization = view(head[http::field::authorization]),
                                  .length = guard.body_length().value_or(0),
                                  .tls = service_.site().tls,
                                  .from = service_.origin()};
  body_left_ = request.length;
  expects_continue_ = same_word(view(head[http::field::expect]), "100-continue");
  const HttpStatus status = guard.judge(service_.mark(request.method, request.path()));
  if (status != HttpStatus::ok) return refuse(status, now);
  head_passed_ = true;
  route(request, guard, now);
}

void HttpLink::route(const link::HttpRequest& request, const link::HttpGuard& guard, Instant now) {
  if (guard.wants_socket()) {
    const bool fits = guard.socket_version_fits() && guard.socket_key().size() == kKeyChars;
    if (!fits) return refuse(HttpStatus::upgrade_required, now);
    if (link::WsMachine* const machine = service_.open_socket(request.path())) {
      return upgrade(*machine, guard.socket_key(), now);
    }
  }
  if (link::HttpMachine* const machine = service_.open_machine(request)) {
    return begin_body(*machine, request, guard, now);
  }
  const std::optional<HttpReply> reply = service_.get(request.path(), now);
  if (!reply) return refuse(HttpStatus::not_found, now);
  if (request.method != "GET" && request.method != "HEAD") {
    return refuse(HttpStatus::method_not_allowed, now);
  }
  send(*reply, now, request.method == "GET");
}

// A body.

void HttpLink::begin_body(link::HttpMachine& machine, const link::HttpRequest& request,
                          const link::HttpGuard& guard, Instant now) {
  const bool safe = request.method == "GET";
  if (guard.is_chunked() || (!safe && !guard.body_length())) {
    return send_answer(link::kLengthRequired, now);
  }
  machine_ = &machine;
  state_ = State::body;
  clock_.begin(now);
  machine.on_request(request, now);
  if (!machine.answer() && body_left_ == 0) machine.on_end(now);
  if (const auto answer = machine.answer()) return send_answer(*answer, now);
  if (expects_continue_) out_ = "HTTP/1.1 100 Continue\r\n\r\n";
}

void HttpLink::take_body(Bytes& rx, Instant now) {
  if (rx.empty()) return;
  if (!clock_.on_bytes(rx.size(), now)) return cut_body({Code::timeout, Where::link}, now);
  const Bytes part = at_most(rx, body_left_);
  rx = rx.subspan(part.size());
  body_left_ -= part.size();
  machine_->on_body(part, now);
  if (!machine_->answer() && body_left_ == 0) machine_->on_end(now);
  if (const auto answer = machine_->answer()) send_answer(*answer, now);
}

void HttpLink::cut_body(Failure why, Instant now) {
  machine_->on_cut(why);
  send_answer(*machine_->answer(), now);
}

void HttpLink::send_answer(const link::HttpAnswer& answer, Instant now) {
  HttpReply reply{.status = static_cast<HttpStatus>(answer.status),
                  .type = std::string(answer.type),
                  .body = std::string(answer.body),
                  .reason = link::answer_reason(answer.status)};
  if (!answer.challenge.empty()) reply.fields.emplace_back("WWW-Authenticate", answer.challenge);
  if (answer.retry_after != 0) {
    reply.fields.emplace_back("Retry-After", std::to_string(answer.retry_after));
  }
  send(reply, now);
}

// What came after the answer, of the body that it is an answer to.
void HttpLink::drain(std::size_t size) {
  body_left_ -= std::min<std::uint64_t>(size, body_left_);
  if (state_ == State::draining && body_left_ == 0) state_ = State::closed;
}

void HttpLink::upgrade(link::WsMachine& machine, std::string_view key, Instant now) {
  out_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      ws_accept(key) + "\r\n\r\n";
  state_ = State::socket;
  channel_.emplace(machine, link::WsSide::server);
  channel_->on_connected(now);
}

void HttpLink::refuse(HttpStatus status, Instant now) {
  HttpReply reply{.status = status,
                  .type = "text/plain; charset=utf-8",
                  .body = std::string(link::sentence(status)) + "\n"};
  if (status == HttpStatus::method_not_allowed) reply.fields.emplace_back("Allow", "GET, HEAD");
  if (status == HttpStatus::upgrade_required) {
    reply.fields.emplace_back("Sec-WebSocket-Version", "13");
  }
  send(reply, now);
}

void HttpLink::send(const HttpReply& reply, Instant now, bool with_body) {
  const auto add = [this](std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  };
  out_.erase(0, out_sent_);  // of a 100 Continue
  out_sent_ = 0;
  out_ += "HTTP/1.1 " + std::to_string(static_cast<unsigned>(reply.status)) + " ";
  out_.append(reply.reason.empty() ? link::reason(reply.status) : reply.reason).append("\r\n");
  add("Content-Type", reply.type);
  add("Content-Length", std::to_string(reply.body.size()));
  add("Content-Security-Policy", reply.policy.empty() ? service_.policy() : reply.policy);
  for (const link::HttpField& field : link::kHttpReplyFields) {
    const bool own = field.name == "Referrer-Policy" && !reply.referrer.empty();
    add(field.name, own ? reply.referrer : field.value);
  }
  for (const auto& [name, value] : reply.fields) add(name, value);
  out_ += "\r\n";
  if (with_body) out_ += reply.body;
  state_ = State::reply;
  started_ = now;
}

void HttpLink::on_peer_done(Instant now) {
  peer_done_ = true;
  if (state_ == State::socket) return channel_->on_peer_done(now);
  if (state_ == State::body) return cut_body({Code::aborted, Where::link}, now);
  // Else it waits for our reply.
  if (state_ == State::head || state_ == State::draining) state_ = State::closed;
}

void HttpLink::on_lost(Instant now) {
  if (state_ == State::socket) return channel_->on_lost(now);
  if (state_ == State::body) machine_->on_cut({Code::aborted, Where::link});
  state_ = State::closed;
}

void HttpLink::on_waiting(Instant now) {
  if (state_ == State::socket) channel_->on_waiting(now);
  if (state_ == State::body) clock_.on_waiting(now);
}

std::optional<Instant> HttpLink::deadline() const {
  switch (state_) {
    case State::head:
      return started_ + kHttpHeadMs;
    case State::body:
      return clock_.deadline();
    case State::reply:
      return started_ + kHttpReplyMs;
    case State::draining:
      return started_ + link::kHttpDrainMs;
    case State::socket:
      return channel_->deadline();
    case State::closed:
      break;
  }
  return std::nullopt;
}

void HttpLink::on_deadline(Instant now) {
  if (state_ == State::socket) return channel_->on_deadline(now);
  const auto due = deadline();
  if (!due || *due > now) return;
  if (state_ == State::head) return refuse(HttpStatus::timeout, now);
  if (state_ == State::body) return cut_body({Code::timeout, Where::link}, now);
  state_ = State::closed;
}

std::size_t HttpLink::write_to(MutableBytes tx) {
  const std::size_t size = std::min(out_.size() - out_sent_, tx.size());
  std::ranges::copy(as_bytes(std::string_view(out_).substr(out_sent_, size)), tx.begin());
  out_sent_ += size;
  if (state_ == State::reply && out_sent_ == out_.size()) {
    state_ = body_left_ == 0 || peer_done_ ? State::closed : State::draining;
  }
  if (size == 0 && state_ == State::socket) return channel_->write_to(tx);
  return size;
}

bool HttpLink::proven() const {
  return (channel_ && channel_->proven()) || (machine_ != nullptr && machine_->proven());
}

link::Phase HttpLink::phase() const {
  if (state_ == State::socket) return channel_->phase();
  if (state_ == State::draining) return link::Phase::half_closed;
  return state_ == State::closed ? link::Phase::closed : link::Phase::open;
}

}  // namespace updraft::linux_port
