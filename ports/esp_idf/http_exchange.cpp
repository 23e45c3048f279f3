#include "ports/esp_idf/http_exchange.hpp"

#include <cstring>

#include "engine/core/words.hpp"
#include "lwip/sockets.h"
#include "ports/esp_idf/http_reply.hpp"

namespace updraft::esp_idf {
namespace {

using link::HttpStatus;

// The fields of a head that somebody asks for, one behind the other in a room of their own.
class Fields {
 public:
  Fields(httpd_req_t* request, MutableBytes room) : request_(request), room_(room) {}
  // Empty: it is not there, or there is no room for it; see fits().
  std::string_view get(const char* name) {
    auto* const text = reinterpret_cast<char*>(room_.data());
    const esp_err_t err = httpd_req_get_hdr_value_str(request_, name, text, room_.size());
    fits_ = fits_ && err != ESP_ERR_HTTPD_RESULT_TRUNC;
    if (err != ESP_OK) return {};
    const std::string_view value(text);
    room_ = room_.subspan(value.size() + 1);
    return value;
  }
  bool fits() const { return fits_; }

 private:
  httpd_req_t* request_;
  MutableBytes room_;
  bool fits_ = true;
};

const char* method_of(const httpd_req_t& request) {
  return request.method == HTTP_POST ? "POST" : "GET";
}

class Run {
 public:
  Run(const HttpExchange& exchange, httpd_req_t* request, link::HttpMachine& machine)
      : exchange_(exchange), request_(request), machine_(machine), left_(request->content_len) {}

  esp_err_t run() {
    if (const HttpStatus refused = begin(); refused != HttpStatus::ok) {
      (void)send_refusal(request_, refused);
      return drain();
    }
    while (!no_length_ && !answered() && left_ > 0) {
      if (!take_piece()) break;
    }
    const esp_err_t sent =
        send_answer(request_, no_length_ ? link::kLengthRequired : *machine_.answer());
    return sent == ESP_OK ? drain() : sent;
  }

 private:
  HttpStatus begin() {
    Fields fields(request_, exchange_.room);
    link::HttpGuard guard(exchange_.site, method_of(*request_));
    for (const char* name :
         {"Host", "Origin", "X-Updraft", "Sec-Fetch-Site", "Content-Length", "Transfer-Encoding"}) {
      if (const std::string_view value = fields.get(name); value.data() != nullptr) {
        guard.on_field(name, value);
      }
    }
    const link::HttpRequest request{.method = method_of(*request_),
                                    .target = request_->uri,
                                    .type = fields.get("Content-Type"),
                                    .authorization = fields.get("Authorization"),
                                    .length = left_,
                                    .tls = exchange_.site.tls,
                                    .from = origin_of(httpd_req_to_sockfd(request_))};
    if (!fields.fits()) return HttpStatus::fields_too_large;
    const HttpStatus verdict = guard.judge(exchange_.mark);
    if (verdict != HttpStatus::ok) return verdict;
    const bool has_length = request.method == "GET" || guard.body_length();
    const bool waits = same_word(fields.get("Expect"), "100-continue");
    no_length_ = guard.is_chunked() || !has_length;
    if (no_length_) return HttpStatus::ok;
    {
      const Held held(exchange_.service.lock());
      machine_.on_request(request, now());
      if (!machine_.answer() && left_ == 0) machine_.on_end(now());
    }
    if (waits && !answered()) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      (void)httpd_send(request_, kContinue.data(), kContinue.size());
    }
    clock_.begin(now());
    return HttpStatus::ok;
  }

  // False: no more comes, and the machine knows.
  bool take_piece() {
    clock_.on_waiting(now());
    const int size = receive();
    if (size == HTTPD_SOCK_ERR_TIMEOUT && now() < clock_.deadline()) return true;
    const Held held(exchange_.service.lock());
    if (size == HTTPD_SOCK_ERR_TIMEOUT) return cut({Code::timeout, Where::link});
    if (size <= 0) return cut({Code::aborted, Where::link});
    const auto count = static_cast<std::size_t>(size);
    left_ -= count;
    if (!clock_.on_bytes(count, now())) return cut({Code::timeout, Where::link});
    machine_.on_body(Bytes(exchange_.room).first(count), now());
    if (!machine_.answer() && left_ == 0) machine_.on_end(now());
    return true;
  }

  bool cut(const Error& why) {
    machine_.on_cut(why);
    return false;
  }

  // What a peer still sends of a body whose answer it has, for a while: else it would see a reset.
  esp_err_t drain() {
    const Instant until = now() + link::kHttpDrainMs;
    while (left_ > 0 && now() < until) {
      const int size = receive();
      if (size <= 0) break;
      left_ -= static_cast<std::size_t>(size);
    }
    return left_ == 0 ? ESP_OK : ESP_FAIL;
  }

  int receive() {
    const std::size_t most = std::min(left_, exchange_.room.size());
    return httpd_req_recv(request_, reinterpret_cast<char*>(exchange_.room.data()), most);
  }
  bool answered() const { return machine_.answer().has_value(); }

  const HttpExchange& exchange_;
  httpd_req_t* request_;
  link::HttpMachine& machine_;
  std::size_t left_;        // bytes of the body
  bool no_length_ = false;  // it does not say how long the body is
  link::HttpBodyClock clock_;
};

}  // namespace

esp_err_t run(const HttpExchange& exchange, httpd_req_t* request, link::HttpMachine& machine) {
  return Run(exchange, request, machine).run();
}

link::Origin origin_of(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return link::kSomewhere;
  if (peer.ss_family == AF_INET) {
    return ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr);
  }
#if LWIP_IPV6
  if (peer.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    const Bytes bytes = std::as_bytes(std::span(&address, 1));
    // An IPv4 address in one of IPv6's is the same place as without.
    const bool mapped = load_be(bytes.first(8)) == 0 && load_be(bytes.subspan(8, 4)) == 0xffff;
    return load_be(mapped ? bytes.last(4) : bytes.first(8));
  }
#endif
  return link::kSomewhere;
}

}  // namespace updraft::esp_idf
