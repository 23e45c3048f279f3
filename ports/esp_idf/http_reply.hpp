// Replies on esp_http_server, with the fields that every one carries (security.md section 4).
#pragma once
#include "updraft/bytes.hpp"

#include "esp_http_server.h"
#include "protocols/link/http_exchange.hpp"
#include "protocols/ws/http_guard.hpp"

namespace updraft::esp_idf {

// What a page allows itself, if not what ours does.
struct PageRules {
  std::string_view policy;  // literals
  std::string_view referrer;
};
esp_err_t send_html(httpd_req_t* request, std::string_view html, const PageRules& rules);
esp_err_t send_page(httpd_req_t* request);
esp_err_t send_json(httpd_req_t* request, Bytes json);
esp_err_t send_answer(httpd_req_t* request, const link::HttpAnswer& answer);
esp_err_t send_refusal(httpd_req_t* request, link::HttpStatus status);

}  // namespace updraft::esp_idf
