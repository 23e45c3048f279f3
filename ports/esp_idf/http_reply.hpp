// Replies on esp_http_server, with the fields that every one carries (security.md section 4).
#pragma once
#include "updraft/core/bytes.hpp"
#include "updraft/link/http_guard.hpp"

#include "esp_http_server.h"

namespace updraft::esp_idf {

esp_err_t send_page(httpd_req_t* request);
esp_err_t send_json(httpd_req_t* request, Bytes json);
esp_err_t send_refusal(httpd_req_t* request, link::HttpStatus status);

}  // namespace updraft::esp_idf
