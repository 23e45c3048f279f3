#pragma once
#include <sys/types.h>

#include "esp_err.h"

#define ESP_ERR_HTTPD_BASE 0xb000
#define ESP_ERR_HTTPD_RESULT_TRUNC (ESP_ERR_HTTPD_BASE + 4)
#define HTTPD_RESP_USE_STRLEN -1

typedef void* httpd_handle_t;
typedef void (*httpd_free_ctx_fn_t)(void* ctx);
typedef void (*httpd_work_fn_t)(void* arg);
#define HTTPD_SOCK_ERR_FAIL -1
#define HTTPD_SOCK_ERR_TIMEOUT -3

typedef enum { HTTP_DELETE = 0, HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 3 } httpd_method_t;

typedef struct {
  size_t stack_size;
  uint16_t server_port;
  uint16_t ctrl_port;  // of this chip alone; one for each server
  uint16_t max_uri_handlers;
} httpd_config_t;  // as far as it is used
#define HTTPD_DEFAULT_CONFIG() \
  {.stack_size = 4096, .server_port = 80, .ctrl_port = 32768, .max_uri_handlers = 8}

typedef struct httpd_req {
  httpd_handle_t handle;
  int method;
  const char uri[512 + 1];
  size_t content_len;
  void* aux;
  void* user_ctx;
  void* sess_ctx;
  httpd_free_ctx_fn_t free_ctx;
  bool ignore_sess_ctx_changes;
} httpd_req_t;

typedef struct httpd_uri {
  const char* uri;
  httpd_method_t method;
  esp_err_t (*handler)(httpd_req_t* r);
  void* user_ctx;
  bool is_websocket;
  bool handle_ws_control_frames;
  const char* supported_subprotocol;
#ifdef CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
  esp_err_t (*ws_pre_handshake_cb)(httpd_req_t* req);
#endif
} httpd_uri_t;

typedef enum {
  HTTPD_WS_TYPE_CONTINUE = 0x0,
  HTTPD_WS_TYPE_TEXT = 0x1,
  HTTPD_WS_TYPE_BINARY = 0x2,
  HTTPD_WS_TYPE_CLOSE = 0x8,
} httpd_ws_type_t;
typedef enum {
  HTTPD_WS_CLIENT_INVALID = 0x0,
  HTTPD_WS_CLIENT_HTTP = 0x1,
  HTTPD_WS_CLIENT_WEBSOCKET = 0x2,
} httpd_ws_client_info_t;
typedef struct httpd_ws_frame {
  bool final;
  bool fragmented;
  httpd_ws_type_t type;
  uint8_t* payload;
  size_t len;
} httpd_ws_frame_t;

#ifdef __cplusplus
extern "C" {
#endif
esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* config);
esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t* uri_handler);
esp_err_t httpd_unregister_uri_handler(httpd_handle_t handle, const char* uri,
                                       httpd_method_t method);
esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* r, const char* field, char* val,
                                      size_t val_size);
int httpd_req_to_sockfd(httpd_req_t* r);
esp_err_t httpd_resp_set_status(httpd_req_t* r, const char* status);
esp_err_t httpd_resp_set_type(httpd_req_t* r, const char* type);
esp_err_t httpd_resp_set_hdr(httpd_req_t* r, const char* field, const char* value);
esp_err_t httpd_resp_send(httpd_req_t* r, const char* buf, ssize_t buf_len);
int httpd_req_recv(httpd_req_t* r, char* buf, size_t buf_len);
int httpd_send(httpd_req_t* r, const char* buf, size_t buf_len);
esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void* arg);
esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd);
esp_err_t httpd_ws_recv_frame(httpd_req_t* req, httpd_ws_frame_t* pkt, size_t max_len);
esp_err_t httpd_ws_send_frame_async(httpd_handle_t hd, int fd, httpd_ws_frame_t* frame);
httpd_ws_client_info_t httpd_ws_get_fd_info(httpd_handle_t hd, int fd);
#ifdef __cplusplus
}
#endif
