#include "ports/linux/ws_client_link.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "ports/linux/ws_handshake.hpp"
#include "protocols/ws/http_guard.hpp"

namespace updraft::linux_port {
namespace {
namespace http = boost::beast::http;
using link::kHttpHeadEnd;
constexpr unsigned kSwitching = 101;
}  // namespace

WsClientLink::WsClientLink(link::WsMachine& machine, const std::string& host,
                           const std::string& path)
    : machine_(machine), key_(ws_key()) {
  out_ = "GET " + path + " HTTP/1.1\r\nHost: " + host +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key_ +
         "\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

void WsClientLink::on_bytes(Bytes rx, Instant now) {
  if (!channel_) {
    const std::size_t had = head_.size();
    const std::size_t most = std::min(rx.size(), link::kHttpHeaderBytes - had);
    head_.append(reinterpret_cast<const char*>(rx.data()), most);
    const std::size_t end = head_.find(kHttpHeadEnd);
    if (end == head_.npos) {
      return head_.size() == link::kHttpHeaderBytes ? give_up(Code::protocol) : void();
    }
    head_.resize(end + kHttpHeadEnd.size());
    rx = rx.subspan(head_.size() - had);
    answer(now);
  }
  if (channel_ && !rx.empty()) channel_->on_bytes(rx, now);
}

void WsClientLink::answer(Instant now) {
  http::response_parser<http::empty_body> parser;
  parser.skip(true);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(head_), error);
  if (error || !parser.is_header_done()) return give_up(Code::protocol);
  const auto& reply = parser.get();
  if (reply.result_int() != kSwitching) return give_up(Code::http_status, reply.result_int());
  if (reply["Sec-WebSocket-Accept"] != ws_accept(key_)) return give_up(Code::protocol);
  channel_.emplace(machine_, link::WsSide::client);
  channel_->on_connected(now);
}

void WsClientLink::give_up(Code code, std::uint64_t found) {
  outcome_ = fail(code, Where::link, found);
  closed_ = true;
}

void WsClientLink::on_lost(Instant now) {
  if (channel_) return channel_->on_lost(now);
  closed_ = true;
}

void WsClientLink::on_waiting(Instant now) {
  if (channel_) channel_->on_waiting(now);
}

std::optional<Instant> WsClientLink::deadline() const {
  if (channel_) return channel_->deadline();
  if (closed_) return std::nullopt;
  return started_ + kWsHandshakeMs;
}

void WsClientLink::on_deadline(Instant now) {
  if (channel_) return channel_->on_deadline(now);
  if (!closed_ && started_ + kWsHandshakeMs <= now) give_up(Code::timeout);
}

std::size_t WsClientLink::write_to(MutableBytes tx) {
  const std::size_t size = std::min(out_.size(), tx.size());
  std::ranges::copy(as_bytes(std::string_view(out_).substr(0, size)), tx.begin());
  out_.erase(0, size);
  return size == 0 && channel_ ? channel_->write_to(tx) : size;
}

link::Phase WsClientLink::phase() const {
  if (channel_) return channel_->phase();
  return closed_ ? link::Phase::closed : link::Phase::open;
}

}  // namespace updraft::linux_port
