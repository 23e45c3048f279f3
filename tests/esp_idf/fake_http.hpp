// An esp_http_server without sockets: the test hands in what a browser sends, and reads what the
// handlers answered. Sessions end when the test, or a handler, ends them. The task that calls is
// the server's; others may queue work and look sessions up, as the chip's may.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "esp_http_server.h"

namespace updraft::esp_idf {

struct FakeReply {
  std::string status = "200 OK", type, body;
  std::map<std::string, std::string> fields;
  std::string before;  // what was sent raw before it: a 100 Continue
};

class FakeHttp {
 public:
  FakeHttp();
  ~FakeHttp();
  using Fields = std::map<std::string, std::string>;

  FakeReply get(const std::string& path, const Fields& fields);
  // `target` with its query. The body arrives in pieces of `piece` bytes; a peer that is lost sends
  // `cut` of them.
  FakeReply post(const std::string& target, const Fields& fields, std::string_view body,
                 std::size_t piece = 1460, std::size_t cut = SIZE_MAX);
  // A handshake; the session's socket, or -1 if the handler refused.
  int connect(const Fields& fields);
  // One frame; false: the session is over.
  bool send(int socket, httpd_ws_type_t type, Bytes payload, bool final = true);
  bool send(int socket, std::string_view text);
  void close(int socket);  // the peer goes
  bool is_open(int socket) const {
    const std::lock_guard held(inside);
    return sessions.contains(socket);
  }
  std::vector<std::string> said(int socket);  // text messages since the last call; "close 1001"
  void work();                                // what was queued
  static bool is_server_at_work();            // whether the caller is in a handler

  struct Session {
    void* ctx = nullptr;
    httpd_free_ctx_fn_t free_ctx = nullptr;
    bool closing = false;
    std::vector<std::string> said;
  };
  mutable std::mutex inside;  // of sessions and queue; never held while a handler runs
  std::map<int, Session> sessions;
  std::map<int, std::vector<std::string>> last_words;
  std::map<std::string, httpd_uri_t> handlers;  // by path; "POST " before those of POST
  std::vector<std::pair<httpd_work_fn_t, void*>> queue;
  std::size_t room = 8;  // URI handlers

 private:
  esp_err_t call(httpd_req_t& request, int socket);
  FakeReply ask(const std::string& key, int method, const std::string& target, const Fields& fields,
                std::string_view body, std::size_t piece, std::size_t cut);
  void end(int socket);
  Session& open_session(int socket);
  int next_socket_ = 60;
};

FakeHttp& http();  // the one there is

}  // namespace updraft::esp_idf
