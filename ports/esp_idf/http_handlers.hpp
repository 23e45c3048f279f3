// HTTP and WebSocket updates on an esp_http_server that belongs to the application.
//
// Its handlers run in the server's task and hold the service's lock while they talk to the engine,
// not while they receive or send. They queue no work and close no session through the server's own
// queue: if that may wait for room (HTTPD_QUEUE_WORK_BLOCKING), the server's task would wait for
// itself. The update task does it for them, a turn later.
//
// Requests are judged by HttpGuard, WebSockets carried to WsDevice. The server tells no handler
// about repeated fields, so of two Host fields only the first is judged; browsers send one.
#pragma once
#include <array>
#include <optional>
#include <span>

#include "engine/core/lender.hpp"
#include "ports/esp_idf/heap_lender.hpp"
#include "ports/esp_idf/http_exchange.hpp"
#include "ports/esp_idf/http_routes.hpp"
#include "ports/esp_idf/service.hpp"
#include "protocols/http/http_device.hpp"
#include "protocols/ws/http_guard.hpp"
#include "protocols/ws/ws_device.hpp"
#include "updraft_http.h"

namespace updraft::esp_idf {

inline constexpr std::size_t kHttpChunk =
    2048;                                       // bytes of a WebSocket message; there is one buffer
inline constexpr std::size_t kHttpSockets = 2;  // WebSockets at a time
inline constexpr std::size_t kHttpVisits = 16;  // sessions of a server, as lwIP has sockets

class HttpHandlers final : public Service::Companion {
 public:
  // The service outlives it.
  HttpHandlers(Service& service, const updraft_http_t& site);
  HttpHandlers(const HttpHandlers&) = delete;
  HttpHandlers& operator=(const HttpHandlers&) = delete;

  // Errors: ESP_ERR_NO_MEM, and what the server says.
  esp_err_t open(httpd_handle_t server);
  // open() failed after a handler was registered: that one may still run, so this object must stay.
  bool was_reachable() const { return was_reachable_; }
  // For protocols on the same server, with the same login; in the server's task.
  Service& service() { return service_; }
  httpd_handle_t server() const { return server_; }
  link::HttpLogin* login() { return login_ ? &*login_ : nullptr; }  // nullptr: there is none
  // Runs a request through `machine`; in the server's task.
  esp_err_t run(httpd_req_t* request, link::HttpMachine& machine, link::HttpMark mark);
  link::HttpStatus judge(httpd_req_t* request) const;  // of a GET that changes nothing
  // The page at another path, with its status document and its socket.
  esp_err_t show_at(const char* page, const char* status, const char* socket);

  // The update task's: deadlines, and what the handlers leave to it.
  void tick(Instant now) override;

 private:
  struct Place;
  // A WebSocket session of the server's; `place` is nullptr once it had to make room.
  struct Visit {
    HttpHandlers* handlers = nullptr;
    Place* place = nullptr;
    int socket = -1;
    bool closes = false;  // the update task has it closed
  };
  // Belongs to the server's task, which changes it under the lock; the update task looks at it.
  struct Place {
    Visit* visit = nullptr;
    Instant since{};
    bool speaks = false;  // has something to say, once the handshake stands
    std::optional<link::PasswordLogin> login;
#ifdef CONFIG_UPDRAFT_FILES
    std::optional<link::PartTargets> targets;
#endif
    std::optional<link::WsDevice> machine;
    bool wants(Instant now) const;  // work in the server's task
  };
  // While a request is dealt with, or a WebSocket is open. The server's task borrows it and gives
  // it back, under the lock.
  struct Work {
    std::array<Place, kHttpSockets> places;
    // A frame's payload, the status document, or a piece of an upload.
    std::array<std::byte, std::max(kHttpChunk, kStatusBytes + kTargetTextRoom + kRescueTextRoom)>
        room;
  };
  // As long as a handler runs. False: there is no memory, which the log says.
  class Working {
   public:
    explicit Working(HttpHandlers& handlers);
    ~Working();
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;
    explicit operator bool() const { return static_cast<bool>(handlers_.work_); }

   private:
    HttpHandlers& handlers_;
  };

  static HttpRouteRow socket_at(const char* uri);
  static esp_err_t on_page(httpd_req_t* request);
  static esp_err_t on_status(httpd_req_t* request);
  static esp_err_t on_upload(httpd_req_t* request);
  static esp_err_t on_socket(httpd_req_t* request);
  static esp_err_t before_handshake(httpd_req_t* request);
  static void on_gone(void* visit);
  static void on_work(void* handlers);

  link::HttpStatus judge_socket(httpd_req_t* request) const;
  link::HttpStatus judge(httpd_req_t* request, link::HttpGuard& guard) const;
  esp_err_t admit(httpd_req_t* request);
  esp_err_t take_frame(httpd_req_t* request, Place& place);
  void work(Place& place);
  esp_err_t speak(Place& place);
  void leave(Place& place) UPDRAFT_REQUIRES(service_.lock());
  Place* place_for_one_more() UPDRAFT_REQUIRES(service_.lock());
  std::span<Place> places();
  void end_work() UPDRAFT_REQUIRES(service_.lock());  // unless it is needed

  Service& service_;
  httpd_handle_t server_ = nullptr;
  bool was_reachable_ = false;
  std::string_view password_;  // that peers have to know; empty: anybody may ask
  link::LoginGuards guards_;
  std::optional<link::HttpLogin> login_;    // of requests that are no page's
  std::optional<link::HttpDevice> upload_;  // the one that is on its way, or was
  std::array<std::string_view, 1> names_;
  link::HttpSite site_;
  bool work_is_queued_ UPDRAFT_GUARDED_BY(service_.lock()) = false;
  std::array<Visit, kHttpVisits> visits_ UPDRAFT_GUARDED_BY(service_.lock());
  HeapLender memory_;
  Borrowed<Work> work_{memory_};
  int working_ = 0;  // handlers that run
};

// Those of updraft_http_register(); nullptr: it was not called.
HttpHandlers* registered_page();

}  // namespace updraft::esp_idf
