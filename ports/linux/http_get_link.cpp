#include "ports/linux/http_get_link.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "protocols/ws/http_guard.hpp"

namespace updraft::linux_port {
namespace http = boost::beast::http;
namespace {

// "0", CR LF, CR LF: every chunked body ends with at least these. Beast (1.81) asserts that it is
// given no fewer once it has seen the first three, so they wait here until they are complete.
constexpr std::size_t kLastChunkBytes = 5;

}  // namespace

struct HttpGetLink::Parser {
  http::response_parser<http::string_body> http;
};

HttpGetLink::HttpGetLink(const std::string& host, const std::string& path)
    : parser_(std::make_unique<Parser>()) {
  out_ = "GET " + path + " HTTP/1.1\r\nHost: " + host +
         "\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
  parser_->http.eager(true);
  parser_->http.header_limit(link::kHttpHeaderBytes);
  parser_->http.body_limit(kHttpDocumentBytes);
}

HttpGetLink::~HttpGetLink() = default;

const std::string& HttpGetLink::body() const { return parser_->http.get().body(); }

void HttpGetLink::on_bytes(Bytes rx, Instant) {
  if (closed_) return;
  heard_ += rx.size();
  if (heard_ > kHttpAnswerBytes) return give_up(Code::protocol);
  in_.append(reinterpret_cast<const char*>(rx.data()), rx.size());
  while (!in_.empty() && !parser_->http.is_done()) {
    if (parser_->http.chunked() && in_.size() < kLastChunkBytes) return;
    boost::beast::error_code error;
    in_.erase(0, parser_->http.put(boost::asio::buffer(in_), error));
    if (error == http::error::need_more) return;
    if (error) return give_up(Code::protocol);
  }
  if (parser_->http.is_done()) conclude();
}

void HttpGetLink::on_peer_done(Instant) {
  if (closed_) return;
  if (!parser_->http.got_some()) return give_up(Code::aborted);  // the parser wants a byte first
  boost::beast::error_code error;
  parser_->http.put_eof(error);
  return error || !parser_->http.is_done() ? give_up(Code::aborted) : conclude();
}

void HttpGetLink::conclude() {
  const unsigned status = parser_->http.get().result_int();
  if (status != 200) return give_up(Code::http_status, status);
  outcome_ = {};
  closed_ = true;
}

void HttpGetLink::give_up(Code code, std::uint64_t found) {
  outcome_ = fail(code, Where::link, found);
  closed_ = true;
}

void HttpGetLink::on_lost(Instant) { closed_ = true; }

void HttpGetLink::on_deadline(Instant now) {
  if (!closed_ && started_ + kHttpGetMs <= now) give_up(Code::timeout);
}

std::optional<Instant> HttpGetLink::deadline() const {
  if (closed_) return std::nullopt;
  return started_ + kHttpGetMs;
}

std::size_t HttpGetLink::write_to(MutableBytes tx) {
  const std::size_t size = std::min(out_.size(), tx.size());
  std::ranges::copy(as_bytes(std::string_view(out_).substr(0, size)), tx.begin());
  out_.erase(0, size);
  return size;
}

}  // namespace updraft::linux_port
