#include "ports/esp_idf/http_reply.hpp"

#include <array>
#include <cstdio>

#include "ports/esp_idf/literal.hpp"
#include "protocols/link/http_login.hpp"
#include "web/ota_page.hpp"

namespace updraft::esp_idf {
namespace {

void set_fields(httpd_req_t* request, const PageRules& rules = {}) {
  for (const link::HttpField& field : link::kHttpReplyFields) {
    const bool own = field.name == "Referrer-Policy" && !rules.referrer.empty();
    (void)httpd_resp_set_hdr(request, literal(field.name),
                             literal(own ? rules.referrer : field.value));
  }
  const std::string_view policy = rules.policy.empty() ? web::ota_page_policy() : rules.policy;
  (void)httpd_resp_set_hdr(request, "Content-Security-Policy", literal(policy));
}

constexpr std::size_t kStatusLine = 48;

void set_status(httpd_req_t* request, unsigned status, std::string_view reason,
                std::span<char> line) {
  (void)std::snprintf(line.data(), line.size(), "%u %s", status, literal(reason));
  (void)httpd_resp_set_status(request, line.data());
}

esp_err_t send(httpd_req_t* request, Bytes body) {
  return httpd_resp_send(request, reinterpret_cast<const char*>(body.data()),
                         static_cast<ssize_t>(body.size()));
}

}  // namespace

esp_err_t send_html(httpd_req_t* request, std::string_view html, const PageRules& rules) {
  set_fields(request, rules);
  (void)httpd_resp_set_type(request, "text/html");
  return send(request, as_bytes(html));
}

esp_err_t send_page(httpd_req_t* request) {
  set_fields(request);
  (void)httpd_resp_set_type(request, "text/html; charset=utf-8");
  (void)httpd_resp_set_hdr(request, "Content-Encoding", "gzip");
  return send(request, web::ota_page_gzip());
}

esp_err_t send_json(httpd_req_t* request, Bytes json) {
  set_fields(request);
  (void)httpd_resp_set_type(request, "application/json");
  return send(request, json);
}

// The texts live until the reply is sent.
esp_err_t send_answer(httpd_req_t* request, const link::HttpAnswer& answer) {
  std::array<char, kStatusLine> line{};
  std::array<char, 12> seconds{};
  std::array<char, link::kHttpChallengeBytes + 1> challenge{};
  set_status(request, answer.status, link::answer_reason(answer.status), line);
  set_fields(request);
  (void)httpd_resp_set_type(request, literal(answer.type));
  if (!answer.challenge.empty()) {
    answer.challenge.copy(challenge.data(), challenge.size() - 1);
    (void)httpd_resp_set_hdr(request, "WWW-Authenticate", challenge.data());
  }
  if (answer.retry_after != 0) {
    (void)std::snprintf(seconds.data(), seconds.size(), "%u", answer.retry_after);
    (void)httpd_resp_set_hdr(request, "Retry-After", seconds.data());
  }
  return send(request, as_bytes(answer.body));
}

esp_err_t send_refusal(httpd_req_t* request, link::HttpStatus status) {
  std::array<char, kStatusLine> line{};  // lives until the reply is sent
  set_status(request, static_cast<unsigned>(status), reason(status), line);
  set_fields(request);
  (void)httpd_resp_set_type(request, "text/plain");
  return send(request, as_bytes(sentence(status)));
}

}  // namespace updraft::esp_idf
