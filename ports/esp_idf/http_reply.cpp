#include "ports/esp_idf/http_reply.hpp"

#include <array>
#include <cstdio>

#include "ports/esp_idf/literal.hpp"
#include "web/ota_page.hpp"

namespace updraft::esp_idf {
namespace {

void set_fields(httpd_req_t* request) {
  for (const link::HttpField& field : link::kHttpReplyFields) {
    (void)httpd_resp_set_hdr(request, literal(field.name), literal(field.value));
  }
  (void)httpd_resp_set_hdr(request, "Content-Security-Policy", literal(web::ota_page_policy()));
}

esp_err_t send(httpd_req_t* request, Bytes body) {
  return httpd_resp_send(request, reinterpret_cast<const char*>(body.data()),
                         static_cast<ssize_t>(body.size()));
}

}  // namespace

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

esp_err_t send_refusal(httpd_req_t* request, link::HttpStatus status) {
  std::array<char, 48> line{};  // lives until the reply is sent
  (void)std::snprintf(line.data(), line.size(), "%u %s", static_cast<unsigned>(status),
                      literal(reason(status)));
  (void)httpd_resp_set_status(request, line.data());
  set_fields(request);
  (void)httpd_resp_set_type(request, "text/plain");
  return send(request, as_bytes(sentence(status)));
}

}  // namespace updraft::esp_idf
