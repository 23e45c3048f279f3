#include "ports/esp_idf/http_handlers.hpp"

#include "updraft/status.hpp"

#include "esp_log.h"
#include "ports/esp_idf/http_exchange.hpp"
#include "ports/esp_idf/http_reply.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "web/ota_page.hpp"

namespace updraft::esp_idf {
namespace {

using link::HttpStatus;

HttpHandlers& handlers_of(httpd_req_t* request) {
  return *static_cast<HttpHandlers*>(request->user_ctx);
}

// As the server has it, before and after the handshake.
bool is_socket(httpd_req_t* request) {
  return httpd_ws_get_fd_info(request->handle, httpd_req_to_sockfd(request)) ==
         HTTPD_WS_CLIENT_WEBSOCKET;
}

}  // namespace

HttpHandlers::HttpHandlers(Service& service, const updraft_http_t& site)
    : service_(service),
      password_(site.password != nullptr ? site.password : ""),
      names_{site.name != nullptr ? site.name : ""} {
  site_ = {.tls = site.tls, .names = std::span(names_).first(site.name != nullptr ? 1 : 0)};
  if (!password_.empty()) login_.emplace(guards_, link::HttpLogin::Config{.password = password_});
}

HttpHandlers::Working::Working(HttpHandlers& handlers) : handlers_(handlers) {
  const Held held(handlers_.service_.lock());
  ++handlers_.working_;
  if (handlers_.work_ || handlers_.work_.make()) return;
  ESP_LOGW(kLogTag, "the page: %u bytes are not free in one piece",
           static_cast<unsigned>(sizeof(Work)));
}

HttpHandlers::Working::~Working() {
  const Held held(handlers_.service_.lock());
  --handlers_.working_;
  handlers_.end_work();
}

void HttpHandlers::end_work() {
  const bool open =
      std::ranges::any_of(places(), [](const Place& one) { return one.machine.has_value(); });
  if (working_ == 0 && !open) work_.give_back();
}

std::span<HttpHandlers::Place> HttpHandlers::places() {
  return work_ ? std::span<Place>(work_->places) : std::span<Place>();
}

esp_err_t HttpHandlers::open(httpd_handle_t server) {
  server_ = server;
  if (service_.context().config.reserve_memory && !memory_.reserve(sizeof(Work)))
    return ESP_ERR_NO_MEM;
  const HttpRouteRow rows[] = {{"/ota", HTTP_GET, &on_page},
                               {"/ota/status", HTTP_GET, &on_status},
                               socket_at("/ota/ws"),
                               {"/ota", HTTP_POST, &on_upload}};
  const esp_err_t err = add_routes(server, rows, this, was_reachable_);
  if (err == ESP_OK) service_.attach(*this);
  return err;
}

HttpRouteRow HttpHandlers::socket_at(const char* uri) {
  HttpRouteRow row{uri, HTTP_GET, &on_socket, true};
#ifdef CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
  row.before_handshake = &before_handshake;
#endif
  return row;
}

esp_err_t HttpHandlers::show_at(const char* page, const char* status, const char* socket) {
  const HttpRouteRow rows[] = {
      {page, HTTP_GET, &on_page}, {status, HTTP_GET, &on_status}, socket_at(socket)};
  return add_routes(server_, rows, this, was_reachable_);
}

esp_err_t HttpHandlers::on_page(httpd_req_t* request) {
  const HttpStatus verdict = handlers_of(request).judge(request);
  return verdict == HttpStatus::ok ? send_page(request) : send_refusal(request, verdict);
}

esp_err_t HttpHandlers::on_status(httpd_req_t* request) {
  HttpHandlers& handlers = handlers_of(request);
  const HttpStatus verdict = handlers.judge(request);
  if (verdict != HttpStatus::ok) return send_refusal(request, verdict);
  const Working working(handlers);
  if (!working) return send_refusal(request, HttpStatus::unavailable);
  Status status;
  {  // what is let in changes with arming, and with a KeySet
    const Held held(handlers.service_.lock());
    handlers.service_.fill(status);
    status.login = !handlers.password_.empty();
    const Policy& policy = handlers.service_.policy();
    status.policy = best_unproven_trust(policy, kWs);
    if (status.login) {
      const Offer offer{.scheme = kWs, .sender_proved = true};
      status.policy = judge_files(policy, offer).value_or(Trust::signed_image);
    }
  }
  const MutableBytes room(handlers.work_->room);
  return send_json(request, room.first(write_status(status, room)));
}

// One at a time: it takes the server's task until it is over.
esp_err_t HttpHandlers::on_upload(httpd_req_t* request) {
  HttpHandlers& mine = handlers_of(request);
  {
    const Held held(mine.service_.lock());
    mine.upload_.emplace(mine.service_.intake(),
                         link::HttpDevice::Config{.scheme = mine.site_.tls ? kHttps : kHttp,
                                                  .most = mine.service_.payload_bytes(),
                                                  .login = mine.login_ ? &*mine.login_ : nullptr});
  }
  return mine.run(request, *mine.upload_, link::HttpMark::header);
}

esp_err_t HttpHandlers::run(httpd_req_t* request, link::HttpMachine& machine, link::HttpMark mark) {
  const Working working(*this);
  if (!working) return send_refusal(request, HttpStatus::unavailable);
  return esp_idf::run({.service = service_, .site = site_, .mark = mark, .room = work_->room},
                      request, machine);
}

// The server calls this for a plain GET, for the handshake (unless ws_pre_handshake_cb is called
// for it), and for each frame.
esp_err_t HttpHandlers::on_socket(httpd_req_t* request) {
  HttpHandlers& handlers = handlers_of(request);
  if (!is_socket(request)) return send_refusal(request, HttpStatus::upgrade_required);
  const Working working(handlers);
  if (!working) return ESP_FAIL;
  auto* const visit = static_cast<Visit*>(request->sess_ctx);
  if (request->method == HTTP_GET) {
    if (visit != nullptr) return ESP_OK;
    return handlers.judge_socket(request) == HttpStatus::ok ? handlers.admit(request) : ESP_FAIL;
  }
  if (visit == nullptr || visit->place == nullptr) return ESP_FAIL;
  return handlers.take_frame(request, *visit->place);
}

esp_err_t HttpHandlers::before_handshake(httpd_req_t* request) {
  HttpHandlers& handlers = handlers_of(request);
  const Working working(handlers);
  const HttpStatus verdict = working ? handlers.judge_socket(request) : HttpStatus::unavailable;
  if (verdict == HttpStatus::ok) return handlers.admit(request);
  (void)send_refusal(request, verdict);
  return ESP_FAIL;
}

HttpStatus HttpHandlers::judge(httpd_req_t* request) const {
  link::HttpGuard guard(site_, "GET");
  return judge(request, guard);
}

// The server decides what is a handshake, by whatever fields: a foreign Origin is refused for each.
HttpStatus HttpHandlers::judge_socket(httpd_req_t* request) const {
  link::HttpGuard guard(site_, "GET");
  guard.on_field("Upgrade", "websocket");
  guard.on_field("Connection", "Upgrade");
  return judge(request, guard);
}

HttpStatus HttpHandlers::judge(httpd_req_t* request, link::HttpGuard& guard) const {
  constexpr std::array<const char*, 2> kFields = {"Host", "Origin"};
  std::array<std::array<char, 160>, kFields.size()> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const esp_err_t err =
        httpd_req_get_hdr_value_str(request, kFields[i], values[i].data(), values[i].size());
    if (err == ESP_ERR_HTTPD_RESULT_TRUNC) return HttpStatus::bad_request;
    if (err == ESP_OK) guard.on_field(kFields[i], values[i].data());
  }
  return guard.judge();
}

esp_err_t HttpHandlers::admit(httpd_req_t* request) {
  const Held held(service_.lock());
  const auto free = std::find_if(visits_.begin(), visits_.end(),
                                 [](const Visit& one) { return one.handlers == nullptr; });
  Place* const place = free != visits_.end() ? place_for_one_more() : nullptr;
  if (place == nullptr) return ESP_FAIL;
  *free = {.handlers = this, .place = place, .socket = httpd_req_to_sockfd(request)};
  place->visit = &*free;
  place->since = now();
  link::WsDevice::Config config{.chunk = kHttpChunk};
  if (!password_.empty()) {
    config.login = &place->login.emplace(
        guards_, link::PasswordLogin::Config{.password = password_,
                                             .from = origin_of(place->visit->socket)});
  }
#ifdef CONFIG_UPDRAFT_FILES
  if (const parts::Targets* const targets = service_.targets()) {
    config.targets = &place->targets.emplace(*targets);
  }
#endif
  place->machine.emplace(service_.intake(), service_.steering(), config);
  request->sess_ctx = &*free;
  request->free_ctx = &on_gone;
  place->machine->on_open(now());
  place->speaks = true;
  return ESP_OK;
}

// A free place, or that of the oldest socket that has not begun an update.
HttpHandlers::Place* HttpHandlers::place_for_one_more() {
  Place* oldest = nullptr;
  for (Place& place : places()) {
    if (!place.machine) return &place;
    if (place.machine->proven()) continue;
    if (oldest == nullptr || place.since < oldest->since) oldest = &place;
  }
  if (oldest != nullptr) {
    oldest->visit->closes = true;
    leave(*oldest);
  }
  return oldest;
}

// An error closes the session: also if the machine has closed, which speak() has told the peer.
esp_err_t HttpHandlers::take_frame(httpd_req_t* request, Place& place) {
  httpd_ws_frame_t frame{};
  if (httpd_ws_recv_frame(request, &frame, 0) != ESP_OK) return ESP_FAIL;
  link::WsDevice& machine = *place.machine;
  {
    const Held held(service_.lock());
    machine.on_frame({.opcode = static_cast<link::WsOpcode>(frame.type),
                      .final = frame.final,
                      .length = frame.len},
                     now());
  }
  if (machine.close()) return speak(place);
  const MutableBytes room(work_->room);
  if (frame.len > room.size()) return ESP_FAIL;
  if (frame.len > 0) {
    frame.payload = reinterpret_cast<std::uint8_t*>(room.data());
    if (httpd_ws_recv_frame(request, &frame, room.size()) != ESP_OK) return ESP_FAIL;
  }
  {
    const Held held(service_.lock());
    if (frame.len > 0) machine.on_payload(room.first(frame.len), now());
    machine.on_waiting(now());
  }
  return speak(place);
}

// Sends what the machine has to say; its messages are the server's task's own. ESP_FAIL: the
// session is to be closed, by the machine's wish too.
esp_err_t HttpHandlers::speak(Place& place) {
  link::WsDevice& machine = *place.machine;
  const int socket = place.visit->socket;
  while (const auto message = machine.next_message()) {
    httpd_ws_frame_t frame{};
    frame.final = true;
    frame.type = message->binary ? HTTPD_WS_TYPE_BINARY : HTTPD_WS_TYPE_TEXT;
    frame.payload = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(message->bytes.data()));
    frame.len = message->bytes.size();
    if (httpd_ws_send_frame_async(server_, socket, &frame) != ESP_OK) return ESP_FAIL;
  }
  if (!machine.close()) return ESP_OK;
  std::array<std::byte, 2> code;
  store_be(code, static_cast<std::uint16_t>(*machine.close()));
  httpd_ws_frame_t frame{};
  frame.final = true;
  frame.type = HTTPD_WS_TYPE_CLOSE;
  frame.payload = reinterpret_cast<std::uint8_t*>(code.data());
  frame.len = code.size();
  (void)httpd_ws_send_frame_async(server_, socket, &frame);
  return ESP_FAIL;
}

void HttpHandlers::on_gone(void* visit) {
  auto& mine = *static_cast<Visit*>(visit);
  HttpHandlers& handlers = *mine.handlers;
  const Held held(handlers.service_.lock());
  if (mine.place != nullptr) handlers.leave(*mine.place);
  mine = {};
  handlers.end_work();
}

void HttpHandlers::leave(Place& place) {
  place.machine->on_lost(now());
  if (place.machine->wish() != link::WsWish::none) service_.ask_to_restart();
  place.visit->place = nullptr;
  place.visit = nullptr;
  place.machine.reset();
  place.speaks = false;
}

bool HttpHandlers::Place::wants(Instant now) const {
  if (!machine) return false;
  const auto due = machine->deadline();
  return speaks || (due && *due <= now);
}

// One piece of work at a time waits in the server's queue.
void HttpHandlers::tick(Instant now) {
  std::array<int, kHttpVisits> closing;
  std::size_t closings = 0;
  bool works = false;
  {
    const Held held(service_.lock());
    for (Visit& visit : visits_) {
      if (visit.closes) closing[closings++] = visit.socket;
      visit.closes = false;
    }
    works = !work_is_queued_ &&
            std::ranges::any_of(places(), [now](const Place& place) { return place.wants(now); });
    work_is_queued_ = work_is_queued_ || works;
  }
  for (std::size_t i = 0; i < closings; ++i) (void)httpd_sess_trigger_close(server_, closing[i]);
  if (!works || httpd_queue_work(server_, &on_work, this) == ESP_OK) return;
  const Held held(service_.lock());
  work_is_queued_ = false;
}

void HttpHandlers::on_work(void* handlers) {
  auto& mine = *static_cast<HttpHandlers*>(handlers);
  {
    const Held held(mine.service_.lock());
    mine.work_is_queued_ = false;
    if (!mine.work_) return;
  }
  const Working working(mine);
  for (Place& place : mine.work_->places) mine.work(place);
}

void HttpHandlers::work(Place& place) {
  {
    const Held held(service_.lock());
    if (!place.machine) return;
    place.speaks = false;
    place.machine->on_deadline(now());
  }
  if (speak(place) == ESP_OK) return;
  const Held held(service_.lock());
  if (place.visit != nullptr) place.visit->closes = true;
}

}  // namespace updraft::esp_idf
