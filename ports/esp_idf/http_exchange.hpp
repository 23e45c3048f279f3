// One request of the application's esp_http_server through an HttpMachine, in the server's task:
// the head is judged, the body handed on piece by piece, the answer sent. The service's lock is
// held while the machine talks to the engine, not while the server receives or sends.
#pragma once
#include "esp_http_server.h"
#include "ports/esp_idf/service.hpp"
#include "protocols/link/http_exchange.hpp"
#include "protocols/ws/http_guard.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kHttpRoom = 1460;  // for the fields of a head, then pieces of the body

// What runs it. All of it outlives the call.
struct HttpExchange {
  Service& service;
  const link::HttpSite& site;
  link::HttpMark mark;
  MutableBytes room;  // at least kHttpRoom
};

// ESP_FAIL: the server is to close the session.
esp_err_t run(const HttpExchange& exchange, httpd_req_t* request, link::HttpMachine& machine);

link::Origin origin_of(int socket);  // where the peer is; kSomewhere: the server cannot tell

}  // namespace updraft::esp_idf
