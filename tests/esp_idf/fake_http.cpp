#include "tests/esp_idf/fake_http.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <gtest/gtest.h>

#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {
namespace {

FakeHttp* the_server = nullptr;

// What a request's `aux` points to.
struct Aux {
  int socket = -1;
  bool is_socket = false;
  FakeHttp::Fields fields;
  FakeReply reply;
  httpd_ws_type_t type{};
  bool final = true;
  Bytes payload;
  bool head_read = false;
  std::string_view body;  // not read yet
  std::size_t piece = 0;
};
thread_local int at_work = 0;  // handlers of the server's that this task is in
struct AtWork {
  AtWork() { ++at_work; }
  ~AtWork() { --at_work; }
};

Aux& aux_of(httpd_req_t* request) { return *static_cast<Aux*>(request->aux); }

}  // namespace

FakeHttp& http() { return *the_server; }
bool FakeHttp::is_server_at_work() { return at_work > 0; }
FakeHttp::FakeHttp() { the_server = this; }
FakeHttp::~FakeHttp() {
  while (!sessions.empty()) end(sessions.begin()->first);
  the_server = nullptr;
}

FakeReply FakeHttp::get(const std::string& target, const Fields& fields) {
  return ask(target.substr(0, target.find('?')), HTTP_GET, target, fields, "", 1, 0);
}

FakeReply FakeHttp::post(const std::string& target, const Fields& fields, std::string_view body,
                         std::size_t piece, std::size_t cut) {
  return ask("POST " + target.substr(0, target.find('?')), HTTP_POST, target, fields, body, piece,
             cut);
}

FakeReply FakeHttp::ask(const std::string& key, int method, const std::string& target,
                        const Fields& fields, std::string_view body, std::size_t piece,
                        std::size_t cut) {
  const auto found = handlers.find(key);
  if (found == handlers.end()) return {.status = "404 Not Found"};
  Aux aux{.socket = 1, .fields = fields, .body = body.substr(0, cut), .piece = piece};
  httpd_req_t request{};
  std::memcpy(const_cast<char*>(request.uri), target.c_str(),
              std::min(target.size() + 1, sizeof request.uri));
  request.handle = this;
  request.method = method;
  request.content_len = body.size();
  request.aux = &aux;
  request.user_ctx = found->second.user_ctx;
  const AtWork here;
  (void)found->second.handler(&request);
  return aux.reply;
}

// As ESP-IDF up to 5.5 does it: the handshake stands before the handler is asked.
int FakeHttp::connect(const Fields& fields) {
  const int socket = next_socket_++;
  (void)open_session(socket);
  Aux aux{.socket = socket, .is_socket = true, .fields = fields};
  httpd_req_t request{};
  request.method = HTTP_GET;
  request.aux = &aux;
  if (call(request, socket) != ESP_OK) end(socket);
  work();
  return is_open(socket) ? socket : -1;
}

FakeHttp::Session& FakeHttp::open_session(int socket) {
  const std::lock_guard held(inside);
  return sessions[socket];
}

bool FakeHttp::send(int socket, httpd_ws_type_t type, Bytes payload, bool final) {
  if (!is_open(socket)) return false;
  Aux aux{.socket = socket, .is_socket = true, .type = type, .final = final, .payload = payload};
  httpd_req_t request{};
  request.aux = &aux;
  if (call(request, socket) != ESP_OK && is_open(socket)) end(socket);
  work();
  return is_open(socket);
}

bool FakeHttp::send(int socket, std::string_view text) {
  return send(socket, HTTPD_WS_TYPE_TEXT, as_bytes(text));
}

esp_err_t FakeHttp::call(httpd_req_t& request, int socket) {
  const httpd_uri_t& uri = handlers.at("/ota/ws");
  Session& session = open_session(socket);
  request.handle = this;
  request.user_ctx = uri.user_ctx;
  request.sess_ctx = session.ctx;
  request.free_ctx = session.free_ctx;
  const AtWork here;
  const esp_err_t err = uri.handler(&request);
  session.ctx = request.sess_ctx;
  session.free_ctx = request.free_ctx;
  return err;
}

void FakeHttp::close(int socket) {
  if (is_open(socket)) end(socket);
}

void FakeHttp::end(int socket) {
  const Session session = open_session(socket);
  {
    const std::lock_guard held(inside);
    last_words[socket] = session.said;
    sessions.erase(socket);
  }
  const AtWork here;
  if (session.ctx != nullptr && session.free_ctx != nullptr) session.free_ctx(session.ctx);
}

std::vector<std::string> FakeHttp::said(int socket) {
  return std::exchange(is_open(socket) ? open_session(socket).said : last_words[socket], {});
}

void FakeHttp::work() {
  std::vector<std::pair<httpd_work_fn_t, void*>> mine;
  {
    const std::lock_guard held(inside);
    mine = std::exchange(queue, {});
  }
  for (const auto& [function, argument] : mine) {
    const AtWork here;
    function(argument);
  }
  std::vector<int> closing;
  {
    const std::lock_guard held(inside);
    for (const auto& [socket, session] : sessions) {
      if (session.closing) closing.push_back(socket);
    }
  }
  for (const int socket : closing) end(socket);
}

}  // namespace updraft::esp_idf

using updraft::esp_idf::aux_of;
using updraft::esp_idf::http;

namespace {
// With HTTPD_QUEUE_WORK_BLOCKING: until the server's task has made room in its queue.
void may_wait(const char* function) {
  updraft::esp_idf::expect_no_lock(function);
  EXPECT_FALSE(http().is_server_at_work()) << function << "() may wait for the task that calls it";
}
}  // namespace

extern "C" {

esp_err_t httpd_register_uri_handler(httpd_handle_t, const httpd_uri_t* uri) {
  if (http().handlers.size() >= http().room) return ESP_ERR_HTTPD_BASE + 1;
  http().handlers[(uri->method == HTTP_POST ? "POST " : "") + std::string(uri->uri)] = *uri;
  return ESP_OK;
}
esp_err_t httpd_unregister_uri_handler(httpd_handle_t, const char* uri, httpd_method_t method) {
  const std::string key = (method == HTTP_POST ? "POST " : "") + std::string(uri);
  return http().handlers.erase(key) > 0 ? ESP_OK : ESP_ERR_NOT_FOUND;
}
// A peer that was lost: the server's patience is over, or the socket.
int httpd_req_recv(httpd_req_t* r, char* buf, size_t size) {
  updraft::esp_idf::expect_no_lock("httpd_req_recv");
  auto& aux = aux_of(r);
  if (aux.body.empty()) return HTTPD_SOCK_ERR_FAIL;
  const std::size_t part = aux.body.copy(buf, std::min(size, aux.piece));
  aux.body.remove_prefix(part);
  return static_cast<int>(part);
}
int httpd_send(httpd_req_t* r, const char* buf, size_t size) {
  updraft::esp_idf::expect_no_lock("httpd_send");
  aux_of(r).reply.before.assign(buf, size);
  return static_cast<int>(size);
}
esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* r, const char* field, char* val, size_t size) {
  const auto found = aux_of(r).fields.find(field);
  if (found == aux_of(r).fields.end()) return ESP_ERR_NOT_FOUND;
  if (found->second.size() >= size) return ESP_ERR_HTTPD_RESULT_TRUNC;
  std::memcpy(val, found->second.c_str(), found->second.size() + 1);
  return ESP_OK;
}
int httpd_req_to_sockfd(httpd_req_t* r) { return aux_of(r).socket; }
esp_err_t httpd_resp_set_status(httpd_req_t* r, const char* status) {
  aux_of(r).reply.status = status;
  return ESP_OK;
}
esp_err_t httpd_resp_set_type(httpd_req_t* r, const char* type) {
  aux_of(r).reply.type = type;
  return ESP_OK;
}
esp_err_t httpd_resp_set_hdr(httpd_req_t* r, const char* field, const char* value) {
  aux_of(r).reply.fields[field] = value;
  return ESP_OK;
}
esp_err_t httpd_resp_send(httpd_req_t* r, const char* buf, ssize_t size) {
  updraft::esp_idf::expect_no_lock("httpd_resp_send");
  aux_of(r).reply.body.assign(buf, static_cast<std::size_t>(size));
  return ESP_OK;
}
esp_err_t httpd_queue_work(httpd_handle_t, httpd_work_fn_t work, void* arg) {
  may_wait("httpd_queue_work");
  const std::lock_guard held(http().inside);
  http().queue.emplace_back(work, arg);
  return ESP_OK;
}
esp_err_t httpd_sess_trigger_close(httpd_handle_t, int sockfd) {
  may_wait("httpd_sess_trigger_close");
  if (!http().is_open(sockfd)) return ESP_ERR_NOT_FOUND;
  const std::lock_guard held(http().inside);
  http().sessions[sockfd].closing = true;
  return ESP_OK;
}
esp_err_t httpd_ws_recv_frame(httpd_req_t* r, httpd_ws_frame_t* pkt, size_t max_len) {
  updraft::esp_idf::expect_no_lock("httpd_ws_recv_frame");
  auto& aux = aux_of(r);
  if (!aux.head_read) {
    pkt->type = aux.type;
    pkt->final = aux.final;
    pkt->len = aux.payload.size();
    aux.head_read = true;
  }
  if (pkt->len > max_len) return max_len == 0 ? ESP_OK : ESP_ERR_INVALID_SIZE;
  if (pkt->len == 0) return ESP_OK;
  if (pkt->payload == nullptr) return ESP_FAIL;
  std::memcpy(pkt->payload, aux.payload.data(), aux.payload.size());
  return ESP_OK;
}
esp_err_t httpd_ws_send_frame_async(httpd_handle_t, int fd, httpd_ws_frame_t* frame) {
  updraft::esp_idf::expect_no_lock("httpd_ws_send_frame_async");
  if (!http().is_open(fd)) return ESP_FAIL;
  const std::string text(reinterpret_cast<const char*>(frame->payload), frame->len);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  http().sessions[fd].said.push_back(frame->type == HTTPD_WS_TYPE_CLOSE
                                         ? "close " + std::to_string(byte(0) * 256 + byte(1))
                                         : text);
  return ESP_OK;
}
httpd_ws_client_info_t httpd_ws_get_fd_info(httpd_handle_t, int fd) {
  return http().is_open(fd) ? HTTPD_WS_CLIENT_WEBSOCKET : HTTPD_WS_CLIENT_HTTP;
}

}  // extern "C"
