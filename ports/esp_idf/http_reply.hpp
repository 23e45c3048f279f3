// Replies on esp_http_server, with the fields that every one carries (security.md section 4).
#pragma once
#include "updraft/bytes.hpp"

#include "esp_http_server.h"
#include "protocols/ws/http_guard.hpp"

namespace updraft::esp_idf {

esp_err_t send_page(httpd_req_t* request);
esp_err_t send_json(httpd_req_t* request, Bytes json);
esp_err_t send_refusal(httpd_req_t* request, link::HttpStatus status);

}  // namespace updraft::esp_idf
