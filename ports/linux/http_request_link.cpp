#include "ports/linux/http_request_link.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "protocols/ws/http_guard.hpp"

namespace updraft::linux_port {
namespace http = boost::beast::http;
namespace {

// "0", CR LF, CR LF: as in http_get_link.cpp.
constexpr std::size_t kChunksEndBytes = 5;

// Of head and body and what stands between chunks.
constexpr std::size_t kMostHeard = link::kHttpHeaderBytes + 2 * kHttpReplyBytes;

}  // namespace

struct HttpRequestLink::Parser {
  http::response_parser<http::string_body> http;
};

HttpRequestLink::HttpRequestLink(HttpSending sending)
    : sending_(std::move(sending)), parser_(std::make_unique<Parser>()) {
  parser_->http.eager(true);
  parser_->http.header_limit(link::kHttpHeaderBytes);
  parser_->http.body_limit(kHttpReplyBytes);
  if (sending_.source != nullptr) source_left_ = sending_.source->size();
  total_ = sending_.before.size() + source_left_ + sending_.after.size();
  out_ = sending_.method + " " + sending_.target + " HTTP/1.1\r\nHost: " + sending_.host + "\r\n";
  if (sending_.method != "GET") out_ += "Content-Length: " + std::to_string(total_) + "\r\n";
  for (const auto& [name, value] : sending_.fields) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }
  out_ += "\r\n";
}

HttpRequestLink::~HttpRequestLink() = default;

unsigned HttpRequestLink::status() const {
  return parser_->http.is_header_done() ? parser_->http.get().result_int() : 0;
}

const std::string& HttpRequestLink::body() const { return parser_->http.get().body(); }

std::vector<std::string> HttpRequestLink::fields(const std::string& name) const {
  std::vector<std::string> values;
  const auto [begin, end] = parser_->http.get().equal_range(name);
  for (auto field = begin; field != end; ++field) values.emplace_back(field->value());
  return values;
}

void HttpRequestLink::on_bytes(Bytes rx, Instant) {
  if (closed_) return;
  heard_ += rx.size();
  if (heard_ > kMostHeard) return close(fail(Code::protocol, Where::link));
  in_.append(reinterpret_cast<const char*>(rx.data()), rx.size());
  while (!in_.empty() && !parser_->http.is_done()) {
    if (parser_->http.is_header_done() && parser_->http.chunked() && in_.size() < kChunksEndBytes) {
      return;
    }
    boost::beast::error_code error;
    in_.erase(0, parser_->http.put(boost::asio::buffer(in_), error));
    if (error == http::error::need_more) return;
    if (error) return close(fail(Code::protocol, Where::link));
    if (parser_->http.is_done() && status() < 200) {  // 100 Continue
      parser_ = std::make_unique<Parser>();
      parser_->http.eager(true);
      parser_->http.body_limit(kHttpReplyBytes);
    }
  }
  if (parser_->http.is_done()) close({});
}

void HttpRequestLink::on_peer_done(Instant) {
  if (closed_) return;
  boost::beast::error_code error;
  if (parser_->http.got_some()) parser_->http.put_eof(error);
  const bool whole = !error && parser_->http.is_done();
  close(whole ? Result<>{} : fail(Code::aborted, Where::link, sent_, total_));
}

void HttpRequestLink::on_lost(Instant) { close(fail(Code::aborted, Where::link, sent_, total_)); }

void HttpRequestLink::on_deadline(Instant now) {
  if (closed_ || now < *deadline()) return;
  close(fail(Code::timeout, Where::link, sent_, total_));
}

std::optional<Instant> HttpRequestLink::deadline() const {
  if (closed_) return std::nullopt;
  return sent_ < total_ ? pace_.deadline() : pace_.since() + kHttpAnswerMs;
}

// Head and first bytes of the body in one piece: some devices look at what comes first, and once.
std::size_t HttpRequestLink::write_to(MutableBytes tx) {
  if (closed_) return 0;
  std::size_t size = 0;
  const auto take = [&](std::string& text, bool counts) {
    const std::size_t part = std::min(text.size(), tx.size() - size);
    std::ranges::copy(as_bytes(std::string_view(text).substr(0, part)), tx.subspan(size).begin());
    text.erase(0, part);
    size += part;
    if (counts) sent_ += part;
  };
  take(out_, false);
  if (out_.empty()) take(sending_.before, true);
  if (sending_.before.empty() && source_left_ > 0 && size < tx.size()) {
    const auto most =
        static_cast<std::size_t>(std::min<std::uint64_t>(source_left_, tx.size() - size));
    const std::size_t part = sending_.source->read(tx.subspan(size, most));
    if (part == 0) close(fail(Code::size_mismatch, Where::link, sent_, total_));
    size += part;
    sent_ += part;
    source_left_ -= part;
  }
  if (out_.empty() && sending_.before.empty() && source_left_ == 0) take(sending_.after, true);
  return size;
}

void HttpRequestLink::close(const Result<>& outcome) {
  if (closed_) return;
  closed_ = true;
  outcome_ = outcome;
}

}  // namespace updraft::linux_port
