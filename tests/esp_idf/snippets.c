// The lines that docs/*.md show for ESP-IDF projects: compiled here, and compared with the pages by
// snippets_test.cpp, so that neither can rot. Each runs after nvs_flash_init() and with the network
// up.
#include "esp_http_server.h"
#include "nvs_flash.h"
#include "updraft.h"
#include "updraft_files.h"
#include "updraft_http.h"
#include "updraft_http_elegant.h"
#include "updraft_http_form.h"
#include "updraft_uart.h"

void raw_snippet(void);
void req_snippet(void);
void bundle_snippet(void);
void ws_snippet(httpd_handle_t server);
void page_snippet(httpd_handle_t server, const char* thermostat_password);
void http_snippet(httpd_handle_t server);
void form_snippet(httpd_handle_t server);
void elegant_snippet(httpd_handle_t server);
void control_snippet(void);
void uart_snippet(void);
void mqtt_snippet(void);
void sd_snippet(void);
void arduino_snippet(void);
void esphome_snippet(void);
void native_snippet(void);
void ota_ops_snippet(void);
void https_snippet(const char* server_root_pem);
void signed_snippet(void);
void files_snippet(void (*mount)(const esp_partition_t* partition));

void raw_snippet(void) {
  // [raw.md]
  updraft_config_t config = updraft_config_default();
  config.raw_port = 18000;
  config.raw_aes = UPDRAFT_AES_256_CBC;
  config.raw_key = "12345678901234567890123456789012";
  config.raw_iv = "0123456789012345";
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_raw = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void arduino_snippet(void) {
  // [arduino.md]
  updraft_config_t config = updraft_config_default();
  config.arduino_port = 3232;
  config.arduino_password = "a long random one";
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void esphome_snippet(void) {
  // [esphome.md]
  updraft_config_t config = updraft_config_default();
  config.esphome_port = 3232;
  config.esphome_password = "a long random one";
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void native_snippet(void) {
  // [native.md]
  updraft_config_t config = updraft_config_default();
  config.native_port = 18443;  // or the port in menuconfig, which switches the code on
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

extern const uint8_t keyset_start[], keyset_end[];
static const uint8_t kVendor[16], kClass[16];

void signed_snippet(void) {
  // [signed.md]
  updraft_config_t config = updraft_config_default();  // with CONFIG_UPDRAFT_TAKE_SIGNED
  config.keyset = keyset_start;                        // product.keyset, by EMBED_FILES
  config.keyset_size = (size_t)(keyset_end - keyset_start);
  config.vendor_id = kVendor;  // 16 bytes each, as updraft inspect shows them of a package
  config.class_id = kClass;
  config.raw_port = 18000;
  config.task_stack = 8192;
  ESP_ERROR_CHECK(updraft_start(&config));
  // [end]
}

void https_snippet(const char* server_root_pem) {
  // [https.md]
  updraft_config_t config = updraft_config_default();  // with CONFIG_UPDRAFT_WEB_PULL
  config.pull_url = "https://updates.example/lamp/app.bin";
  config.pull_every_s = 3600;          // spread by a fifth; 0: only updraft_pull(NULL) asks
  config.pull_ca = server_root_pem;    // NULL: ESP-IDF's certificate bundle
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_https = true;  // what esp_https_ota meant
  config.task_stack = 8192;
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void req_snippet(void) {
  // [req.md]
  updraft_config_t config = updraft_config_default();
  config.pull_url = "req://192.168.1.10:8070";
  config.pull_every_s = 3600;        // 0: only updraft_pull(NULL) asks
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_req = true;  // what the program meant
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void bundle_snippet(void) {
  // [bundle.md]
  updraft_config_t config = updraft_config_default();
  config.bundle_port = 8266;
  config.bundle_password = "a long random one";
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void ws_snippet(httpd_handle_t server) {
  // [ws.md]
  updraft_config_t config = updraft_config_default();
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_ws = true;  // what the component meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_http_t site = updraft_http_default();  // port 80
  site.name = "thermostat.local";
  ESP_ERROR_CHECK(updraft_http_register(server, &site));
  // [end]
}

void page_snippet(httpd_handle_t server, const char* thermostat_password) {
  // [page.md]
  updraft_http_t site = updraft_http_default();
  site.password = thermostat_password;  // of this device, from its own memory
  ESP_ERROR_CHECK(updraft_http_register(server, &site));
  // [end]
}

void http_snippet(httpd_handle_t server) {
  // [http.md]
  updraft_config_t config = updraft_config_default();
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_http = true;  // what a handler without a signature meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_http_t site = updraft_http_default();
  ESP_ERROR_CHECK(updraft_http_register(server, &site));  // your own esp_http_server
  // [end]
}

void form_snippet(httpd_handle_t server) {
  // [form.md]
  updraft_config_t config = updraft_config_default();
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_form = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_http_t site = updraft_http_default();
  ESP_ERROR_CHECK(updraft_http_register(server, &site));
  ESP_ERROR_CHECK(updraft_http_form_register(NULL));  // updraft_http_form.h
  // [end]
}

void elegant_snippet(httpd_handle_t server) {
  // [elegant.md]
  updraft_config_t config = updraft_config_default();
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_elegant = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_http_t site = updraft_http_default();
  ESP_ERROR_CHECK(updraft_http_register(server, &site));  // http_config.max_uri_handlers = 12
  ESP_ERROR_CHECK(updraft_http_elegant_register());       // updraft_http_elegant.h
  // [end]
}

void control_snippet(void) {
  // [control.md]
  updraft_config_t config = updraft_config_default();
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_control = true;  // what the firmware meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_uart_t line = updraft_uart_default();  // UART, pins and speed: menuconfig
  ESP_ERROR_CHECK(updraft_uart_start(&line));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void uart_snippet(void) {
  // [uart.md]
  updraft_config_t config = updraft_config_default();
  config.raw_aes = UPDRAFT_AES_256_CBC;
  config.raw_key = "12345678901234567890123456789012";
  config.raw_iv = "0123456789012345";
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_uart = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_uart_t line = updraft_uart_default();
  line.speaks = UPDRAFT_UART_STREAM;
  line.baud = 115200;
  line.tx_pin = 23;
  line.rx_pin = 22;
  ESP_ERROR_CHECK(updraft_uart_start(&line));
  // [end]
}

void mqtt_snippet(void) {
  // [mqtt.md]
  updraft_config_t config = updraft_config_default();
  config.mqtt_url = "mqtt://192.168.0.101:1883/ota";
  config.mqtt_user = "user";
  config.mqtt_password = "pass";
  config.raw_aes = UPDRAFT_AES_256_CBC;
  config.raw_key = "12345678901234567890123456789012";
  config.raw_iv = "0123456789012345";
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_mqtt = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  // [end]
}

void sd_snippet(void) {
  // [sd.md]
  updraft_config_t config = updraft_config_default();
  config.sd_folder = "/sdcard";
  config.raw_aes = UPDRAFT_AES_256_CBC;
  config.raw_key = "12345678901234567890123456789012";
  config.raw_iv = "0123456789012345";
  // Signed: menuconfig names the KeySet (signed.md), and no line is needed. Without keys:
  config.allow_unsigned_sd = true;  // what the library meant
  ESP_ERROR_CHECK(updraft_start(&config));
  // [end]
}

void ota_ops_snippet(void) {
  // [esp-idf.md]
  updraft_config_t config = updraft_config_default();  // menuconfig, Updraft
  ESP_ERROR_CHECK(updraft_start(&config));             // one task, 4 KiB of stack
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
  // [end]
}

void files_snippet(void (*mount)(const esp_partition_t* partition)) {
  // [files.md]
  (void)updraft_prepare();  // brings what came; what it could not bring is not ready
  if (updraft_part_ready("web")) mount(updraft_partition("web"));
  // ... as ever: nvs_flash_init(), network, updraft_start() ...
  // [end]
}
