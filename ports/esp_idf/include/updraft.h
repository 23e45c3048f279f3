// Updraft in a product: over-the-air updates on ESP-IDF, in one call. C and C++.
//
//   #include "updraft.h"
//
//   void app_main(void) {
//     ... nvs_flash_init(), network up ...
//     updraft_config_t config = updraft_config_default();  // what menuconfig says
//     ESP_ERROR_CHECK(updraft_start(&config));
//     ... self-test of the product ...
//     updraft_confirm();  // this image is good; without it the old one comes back
//   }
//
// updraft_start() makes one task (4 KiB of stack) that owns all updates. The other calls may come
// from any task, callbacks included. on_event and is_healthy come from the update task, may_install
// from the task that receives the update (the update task, the HTTP server's, the UART's); no lock
// of Updraft's is held meanwhile. Updates wait for them all the same: return soon.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_event_base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  UPDRAFT_EVENT_ACCEPTED,     // the head of an update was judged: its slot is written from now on
  UPDRAFT_EVENT_PROGRESS,     // received, total
  UPDRAFT_EVENT_INSTALLED,    // version, project, trust: verified and selected; the restart is next
  UPDRAFT_EVENT_ENDED,        // code, message, refused: it ended badly, nothing has changed
  UPDRAFT_EVENT_ON_TRIAL,     // at start: this image is not confirmed yet
  UPDRAFT_EVENT_CONFIRMED,    // this image stays
  UPDRAFT_EVENT_ROLLED_BACK,  // this image is given up; the restart into the old one comes next
  UPDRAFT_EVENT_REMEMBERED,   // an image lost its trial here and is refused from now on
  UPDRAFT_EVENT_CURRENT,  // version, project: that came, and runs already; both "": it was a KeySet
  UPDRAFT_EVENT_UNCHANGED,  // the web server that was asked has nothing new; nothing came
  UPDRAFT_EVENT_RESCUE,     // code: why the rescue app runs: "boot_loop", "trial_failed", "asked",
                            // "update"; or "rescue_broken": its update was cut off, send it again
                            // (updraft_rescue.h); or "too_old", with its version: min_rescue
  UPDRAFT_EVENT_PART,       // part, code: what became of a data partition: "staged", "copying",
                            // "ready", "incomplete", "waiting", "restored" (docs/files.md)
} updraft_event_id_t;

// May be copied: its texts are constants, or in it.
typedef struct {
  size_t struct_size;  // bytes that the library filled in: what a later release adds comes last
  updraft_event_id_t id;
  const char* scheme;   // it came by "raw", "ws" and so on (docs/esp-idf.md); NULL: the event is
                        // of no protocol
  uint64_t received;    // bytes
  uint64_t total;       // bytes; 0: not known (yet)
  char version[33];     // "": not known; what does not print is a dot
  char project[33];     // likewise
  const char* code;     // "wrong_chip", as in docs/codes.md
  const char* message;  // a sentence: what happened and what to do
  bool refused;         // judged: sending the same again will not help; else try again
  char part[17];        // label of the partition; "": the event is of none
  const char* trust;    // of what was installed: "signed", "sender" (it proved itself), "unsigned";
                        // NULL: nothing was
} updraft_event_t;

// The same on the default event loop, if post_events is set; the data is an updraft_event_t.
// Progress comes every 32 KiB; an event for which a full queue has no room within 100 ms is lost.
ESP_EVENT_DECLARE_BASE(UPDRAFT_EVENT);

typedef enum {
  UPDRAFT_AES_NONE,
  UPDRAFT_AES_256_ECB,  // key: 1 to 32 characters, or 64 hex digits
  UPDRAFT_AES_256_CBC,  // key: 32 characters, or 64 hex digits; IV: 16, or 32 hex digits
} updraft_aes_t;

// What the product says of a chip to the server of its fleet: {"room", "kitchen"}.
typedef struct {
  const char* name;   // up to 64 of A-Z a-z 0-9 . _ -
  const char* value;  // up to 128 bytes of UTF-8, one line
} updraft_attribute_t;

// Start from updraft_config_default(); texts must stay where they are.
typedef struct {
  size_t struct_size;  // set by updraft_config_default(): which release's struct this is

  // Ways in.
  uint16_t raw_port;     // raw TCP; 0: closed
  uint16_t bundle_port;  // socket bundles, with a password; 0: closed; 44 KB of RAM while one comes
  const char* bundle_password;  // whoever knows it may install
  // The files of bundles: a FileTransaction* of yours (updraft/file_transaction.hpp); NULL:
  // only firmware.bin is taken. From C++, updraft.hpp sets it.
  void* bundle_files;
  const char* pull_url;  // "req://host:port", "raw://host:port", "https://host/path"; NULL: nothing
                         // is fetched
  uint32_t pull_every_s;  // how often to ask; 0: only updraft_pull() does
  updraft_aes_t raw_aes;  // of raw TCP, both ways, and of UART, card and MQTT; hides the image,
                          // proves nothing
  const char* raw_key;
  const char* raw_iv;

  // What is let in. All false: nothing that is not signed.
  bool allow_unsigned_raw;
  bool allow_unsigned_req;
  bool allow_unsigned_ws;       // WebSocket and the update page
  bool allow_unsigned_control;  // the host beside this chip, updraft_uart.h
  bool take_compressed;  // gzip, zlib; 44 KB of RAM while one comes, 11 KB and its window where
                         // that is smaller
  bool take_delta;  // patches, of `updraft delta make` and of esp_delta_ota; 33 KB of RAM while one
                    // comes
  // Pre-encrypted images, whichever key is there (docs/encrypted.md); 2 KB of RAM while one comes,
  // 8 KiB of stack for the task that receives them. They hide an image; they prove nothing.
  const uint8_t* seal_rsa_key;  // RSA-3072 private key in DER; NULL: none
  size_t seal_rsa_key_size;     // bytes
  int seal_hmac_key;            // ECIES: the eFuse key block, HMAC_KEY0 ...; -1: none
  bool require_hash;            // refuse images without an appended SHA-256
  const char* project;  // only images of this project; NULL: of the running image's; "": any

  // A new image.
  bool restart;  // restart into it immediately; else the application does, when it likes
  uint32_t
      confirm_within_s;  // of its start: after it, an unconfirmed image is rolled back; 0: never

  // Decisions and news; each may be NULL.
  bool (*may_install)(const char* scheme, uint64_t total, void* context);  // now? NULL: always
  bool (*is_healthy)(void* context);  // asked once a second while on trial; true confirms
  void (*on_event)(const updraft_event_t* event, void* context);
  bool post_events;  // as esp_event, too; esp_event_loop_create_default() comes first
  void* context;

  // The task.
  uint32_t task_stack;  // bytes
  uint32_t task_priority;
  int task_core;  // 0, 1; -1: any

  bool refuse_downgrade;  // refuse a version that is older than what runs

  // Signed updates (docs/signed.md): whom this device trusts. As soon as it holds a KeySet, it
  // takes signed packages, and what is allowed above only while it is armed. 14 KB of RAM; the task
  // that receives needs 8 KiB of stack; a partition "updraft" of 16 KiB, better 32, else NVS keeps
  // what has to be remembered.
  const uint8_t* keyset;  // as `updraft keyset make` writes it; NULL: that which the device holds
  size_t keyset_size;     // bytes
  const uint8_t* vendor_id;  // 16 bytes each, as `updraft inspect` shows them of a package; NULL:
                             // not asked for
  const uint8_t* class_id;

  // What is let in, too: uploads by POST /ota on the server of updraft_http.h, and what is fetched
  // from a web server.
  bool allow_unsigned_http;
  bool allow_unsigned_https;
  bool allow_unsigned_form;     // updraft_http_form.h
  bool allow_unsigned_elegant;  // updraft_http_elegant.h

  bool allow_unsigned_uart;  // bare images over a UART, updraft_uart.h

  // A topic of a broker, "mqtt://host[:port]/topic", with *Updates from an MQTT broker* in
  // menuconfig; NULL: none. 2 KB of RAM
  const char* mqtt_url;
  const char* mqtt_user;  // NULL: no login
  const char* mqtt_password;
  bool allow_unsigned_mqtt;  // whoever may publish there can install

  // A folder of a card that you have mounted, "/sdcard", with *Updates from a card* in menuconfig;
  // NULL: none. 4 KB of RAM
  const char* sd_folder;
  bool allow_unsigned_sd;

  // ArduinoOTA (docs/arduino.md): the IDE's network port and espota.py. 4 KB of RAM.
  uint16_t arduino_port;         // UDP, 3232 where tools look for it; 0: closed
  const char* arduino_password;  // whoever knows it may install; NULL: nobody is asked for one
  bool allow_unsigned_arduino;   // without a password

  // ESPHome's native OTA (docs/esphome.md). 2 KB of RAM.
  uint16_t esphome_port;         // TCP, 3232 where tools look for it; 0: closed
  const char* esphome_password;  // whoever knows it may install; NULL: nobody is asked for one
  bool allow_unsigned_esphome;   // without a password

  // Fetching from a web server (docs/https.md), with CONFIG_UPDRAFT_WEB_PULL: pull_url
  // "https://host/path" or "http://host/path". 7 KB of RAM, with https 45 KB more from the heap
  // while a connection lasts; 8 KiB of stack.
  bool pull_server_proves;  // the https server's certificate is proof enough for what is not signed
  // PEM: who may have signed its certificate, or that itself; NULL: ESP-IDF's bundle.
  const char* pull_ca;
  const char* pull_fields;  // of each request to it, each with CR LF: "Authorization: Bearer
                            // ...\r\n"; NULL: none
  const char* pull_id;  // as a fleet's server knows it, whose URL ends in /next: A-Z a-z 0-9 . _ -;
                        // NULL: it is in no fleet

  // mqtt_url "mqtts://host[:port]/topic", with *TLS to the broker* in menuconfig: PEM of who may
  // have signed its certificate, or that itself; NULL: ESP-IDF's bundle. 45 KB more from the heap;
  // 8 KiB of stack.
  const char* mqtt_ca;

  // ESPHome's Noise encryption, with *ESPHome's Noise encryption* in menuconfig: the key of `api:
  // encryption: key:`, 44 characters of base64. Who has it may install, esphome_password is not
  // asked for, and nothing is taken in the clear. NULL: none. 8 KiB of stack.
  const char* esphome_key;

  // Memory for connections (2.4 KB; of the page 5 KB), for the sector of an update (4 KiB), for
  // compressed images, patches, pre-encrypted images and bundles is taken when one comes and given
  // back at its end; where there is too little in one piece, it is turned away or refused
  // (no_memory) before anything is erased. True: all of it is taken by updraft_start(), and kept.
  bool reserve_memory;

  // Data partitions, with *Files and file systems* in menuconfig (updraft_files.h). The three are
  // called without a lock of Updraft's, from the task that receives; NULL: always, never, nobody.
  bool (*may_write)(const char* label, void* context);   // an update for it, now?
  bool (*on_unmount)(const char* label, void* context);  // it is about to be written where it is:
                                                         // unmount it; false: not now
  void (*on_mount)(const char* label, bool complete, void* context);  // that is over; complete:
                                                                      // what is in it is whole
  const char* in_place;     // labels that are received where they are, "maps,media"; a power cut
                            // leaves half of it, until it is sent again. NULL: none
  const char* fs_autosize;  // labels whose LittleFS finds out its size, so that an image may be
                            // smaller than the partition. NULL: none
  // Updraft's own push (docs/native.md), with *Updraft's own push* in menuconfig: `updraft push
  // FILE updraft://...` from a computer that is paired; updraft_native.h has its pairing. 10 KB of
  // RAM, some 30 KB from the heap while somebody is connected; 8 KiB of stack; nvs_flash_init()
  // comes first.
  uint16_t native_port;   // TCP, 18443 where `updraft push` looks for it; 0: closed
  const char* native_id;  // as computers know it: A-Z a-z 0-9 . _ -; NULL: its MAC address

  // With *Announce the device on the local network* in menuconfig: `updraft find` lists it by this
  // name, and `updraft push FILE NAME` finds it. NULL: "updraft-" and the end of native_id.
  const char* mdns_name;

  // With *Files and file systems*: what comes to raw_port is for this data partition, "fs:web", and
  // not for the app; NULL: for the app. What is fetched is for the app all the same.
  const char* raw_to;

  // Data partitions again: settings in a file system that is about to be replaced. on_replacing
  // puts up to `size` of what it keeps, from `offset` on, into `room`, and returns how many; 0: no
  // more; 16 KiB in all. on_replaced gets them back from updraft_start() on, once the new content
  // is in place and mounted, an empty piece last; false: not now, and all of it again at the next
  // start. NULL: nothing is kept. Not for pairs, nor for what is received in place.
  size_t (*on_replacing)(const char* label, size_t offset, void* room, size_t size, void* context);
  bool (*on_replaced)(const char* label, size_t offset, const void* kept, size_t size,
                      void* context);

  // What the server that knows this chip by pull_id is told of it besides what runs, after a start
  // where it has changed, and when it asks. Up to 32 attributes, 1.5 KB of text in all.
  const char* pull_time_zone;  // as "Europe/Berlin" or "+02:00"; NULL: not known
  const updraft_attribute_t* pull_attributes;
  size_t pull_attribute_count;

  // With *A rescue app* in menuconfig: the least version of it that this app needs, "1.2.0". An
  // older one is said at each start (UPDRAFT_EVENT_RESCUE, "too_old") and in the status document,
  // and changes nothing else. NULL: any.
  const char* min_rescue;
} updraft_config_t;

// What menuconfig says, into a struct of so many bytes; for languages that cannot include this
// file.
void updraft_config_init(updraft_config_t* config, size_t struct_size);
static inline updraft_config_t updraft_config_default(void) {
  updraft_config_t config;
  updraft_config_init(&config, sizeof config);
  return config;
}

// Starts the update task; once. Then the log has a line for each way in (where, who, what it
// takes), and one for memory. Errors: ESP_ERR_INVALID_STATE (it runs), ESP_ERR_INVALID_ARG (a key
// or URL that does not parse), ESP_ERR_NOT_SUPPORTED (something is asked for whose code menuconfig
// left out), ESP_ERR_NO_MEM, ESP_FAIL (a port is taken, an eFuse block has no key),
// ESP_ERR_INVALID_VERSION (`config` is not from updraft_config_default(), or of another release
// than the library). The log says which.
esp_err_t updraft_start(const updraft_config_t* config);

// Keeps the running image. Takes effect within a second, with UPDRAFT_EVENT_CONFIRMED.
// Error: ESP_ERR_INVALID_STATE (not started, or the image is not on trial).
esp_err_t updraft_confirm(void);
// Gives the running image up: it is remembered, and the chip restarts into the other one. If there
// is no other, nothing happens. Error: as updraft_confirm().
esp_err_t updraft_roll_back(void);
// The same where nothing is wrong with the image, but somebody wants the one before back: the
// memory says so. Error: as updraft_confirm().
esp_err_t updraft_go_back(void);
// Both kinds are refused from then on. This lets one in again, by the 16 hex digits that log and
// status document name it by; it takes effect within a second. Errors: ESP_ERR_INVALID_STATE (not
// started), ESP_ERR_INVALID_ARG (no such name).
esp_err_t updraft_let_in(const char* image);
// Lets in what is allowed unsigned, on a device that holds a KeySet: for a person with a button,
// never for the network. For 10 to 3600 seconds, or one update, or until the restart; 0: no more.
// Takes effect within a second. Errors: ESP_ERR_INVALID_STATE (not started, or there is no KeySet),
// ESP_ERR_INVALID_ARG.
esp_err_t updraft_arm(uint32_t seconds);
bool updraft_is_on_trial(void);  // the running image is not confirmed
// It is not earlier than this, in Unix seconds: a fleet's server said so in a signed token, kept
// over restarts. 0: nothing is known. A chip without a clock may set it so (settimeofday), for the
// dates of certificates.
uint32_t updraft_not_before(void);

// Asks for an update now. NULL: config.pull_url. The URL must stay until the update has ended, of a
// web server until another one is asked. Errors: ESP_ERR_INVALID_STATE (not started),
// ESP_ERR_INVALID_ARG (no such URL; a web server, and config.pull_url is none of that kind).
esp_err_t updraft_pull(const char* url);

#ifdef __cplusplus
}
#endif
