// Updraft in a sketch: updates over the air, and the old sketch back if the new one fails.
//
//   #include <WiFi.h>
//   #include <Updraft.h>
//   UPDRAFT_SKETCH("thermostat", "1.4.0");
//   void setup() {
//     WiFi.begin("net", "pass");
//     Updraft.page(81, "secret");                // http://DEVICE:81/ota
//     Updraft.begin();
//   }
//   void loop() { delay(60000); }                // may block: updates have a task of their own
//
// A new sketch is on trial. It stays once it has had an address for 60 s, or by confirm(), or when
// isHealthy says so; a crash, a reset or 300 s without that bring the old one back. Say what is to
// be opened and asked before begin(). A way in that is not named here is not in the program.
//
// Texts and keys must stay where they are: literals do. The functions that are given here run in
// tasks of Updraft's, which wait for them: return soon.
#pragma once
#if !defined(__cplusplus) || __cplusplus < 202002L
#error \
    "Updraft needs core 3.0 or newer of Arduino for ESP32. In PlatformIO that is the platform pioarduino."
#endif
#include <functional>

#include <stddef.h>
#include <stdint.h>

#include "esp_app_desc.h"
#include "sdkconfig.h"

// What may come in by a way that proves nothing about its sender.
enum UpdraftTrust : uint8_t {
  UPDRAFT_SIGNED,    // only what keys() have signed
  UPDRAFT_UNSIGNED,  // anything: whoever can connect can install
  UPDRAFT_SERVER,    // pullWeb(): what an https server with the right certificate offers
};

// How pullNow() went.
enum UpdraftPulled : uint8_t {
  UPDRAFT_INSTALLED,  // the restart comes within two seconds; after a deep sleep it boots as well
  UPDRAFT_CURRENT,    // what is offered runs already
  UPDRAFT_REFUSED,    // it was judged: the same again will not help; lastError() says why
  UPDRAFT_FAILED,     // trouble on the way; lastError() says which
  UPDRAFT_LATE,       // it is not over yet, and goes on
};

class UpdraftSketch {
 public:
  // Ways in.
  // An update page on a server of its own; port 80 is your WebServer's. Whoever knows the password
  // may install, keep and go back; it never crosses the network. Without one only signed packages
  // come in. 16 KB of RAM. Scripts have it as well: `curl --digest -u any:PASSWORD -H 'X-Updraft: 1'
  // --data-binary @sketch.bin http://DEVICE:81/ota`, or `updraft push sketch.bin http://DEVICE:81`.
  UpdraftSketch& page(uint16_t port, const char* password = nullptr);
  // The name that browsers know the device by besides its address, "thermostat.local"; page() only.
  UpdraftSketch& name(const char* name);
  // On the page's server, for who is used to them, with the page's password: ElegantOTA's routes
  // (http://DEVICE:81/update), and esp32-ota's web form (http://DEVICE:81/). 4 KB of RAM each.
  UpdraftSketch& elegant();
  UpdraftSketch& form();
  // ArduinoOTA: the IDE's network port, espota.py, `updraft push sketch.bin arduino://DEVICE`. The
  // IDE looks at port 3232, where MDNS.enableArduino() names it. Whoever knows the password may
  // install; without one `trust` decides. 4 KB of RAM.
  UpdraftSketch& arduino(uint16_t port, const char* password = nullptr,
                         UpdraftTrust trust = UPDRAFT_SIGNED);
  // ESPHome's native OTA: `esphome upload`, `updraft push sketch.bin esphome://DEVICE`; port 3232
  // as well. The password as above. 2 KB of RAM.
  UpdraftSketch& esphome(uint16_t port, const char* password = nullptr,
                         UpdraftTrust trust = UPDRAFT_SIGNED);
  // A topic of a broker, "mqtt://HOST[:PORT]/TOPIC": `updraft push sketch.bin mqtt://HOST/TOPIC`.
  // Name and password are the broker's, and prove nothing here. 2 KB of RAM.
  UpdraftSketch& mqtt(const char* url, UpdraftTrust trust = UPDRAFT_SIGNED,
                      const char* user = nullptr, const char* password = nullptr);
  // Files that end in .bin, .suit or .enc, in a folder of a card that you have mounted before
  // begin(): SD.begin(), then sd("/sd"). What was taken is renamed. 4 KB of RAM.
  UpdraftSketch& sd(const char* folder, UpdraftTrust trust = UPDRAFT_SIGNED);
  // The image's bytes over TCP: `updraft push sketch.bin raw://DEVICE:PORT`, or netcat.
  UpdraftSketch& raw(uint16_t port, UpdraftTrust trust = UPDRAFT_SIGNED);
  // Socket bundles: `updraft push FOLDER bundle://DEVICE:PORT`; firmware.bin is taken. 44 KB of
  // RAM while one comes.
  UpdraftSketch& bundles(uint16_t port, const char* password);
  // Asks a server every so many seconds: "req://HOST:PORT" or "raw://HOST:PORT", as `updraft serve`
  // offers them. 0: only pullNow() asks; then `url` may be nullptr.
  UpdraftSketch& pull(const char* url, uint32_t every_s, UpdraftTrust trust = UPDRAFT_SIGNED);
  // The same from any web server: "https://HOST/PATH" or "http://HOST/PATH". It goes on where it
  // was cut off, and asks for nothing that runs already. `ca`: PEM, who may have signed the server's
  // certificate; nullptr: the core's bundle. `fields`: of each request, each with CR LF at its end.
  // One of pull() and pullWeb(). 7 KB of RAM and 4 of stack, with https 45 more while it is
  // connected.
  UpdraftSketch& pullWeb(const char* url, uint32_t every_s, UpdraftTrust trust = UPDRAFT_SIGNED,
                         const char* ca = nullptr, const char* fields = nullptr);
  // From the computer beside this chip, on a UART that nobody else uses: `updraft push sketch.bin
  // control:/dev/ttyUSB0`, which is told how it went; or bare images, `updraft push sketch.bin
  // uart:/dev/ttyUSB0`. One of both. 15 KB of RAM.
  UpdraftSketch& uart(int rx_pin, int tx_pin, UpdraftTrust trust = UPDRAFT_SIGNED,
                      int baud = 921600, int port = 1);
  UpdraftSketch& uartStream(int rx_pin, int tx_pin, UpdraftTrust trust = UPDRAFT_SIGNED,
                            int baud = 115200, int port = 1);

  // What is taken besides whole images. The RAM is taken when one comes, and given back.
  UpdraftSketch& patches();  // of `updraft delta make`: a release in a few kilobytes; 33 KB of RAM
  UpdraftSketch& compressed();  // gzip, zlib; 44 KB of RAM
  // What these keys signed, and nothing else: a KeySet as `updraft keyset make` writes it. Needs a
  // partition "updraft" of 16 KiB, better 32, and 14 KB of RAM.
  UpdraftSketch& keys(const uint8_t* keyset, size_t bytes);
  template <size_t N>
  UpdraftSketch& keys(const uint8_t (&keyset)[N]) {
    return keys(keyset, N);
  }

  // Decisions.
  // Now? `by` is "raw", "req", "bundle", "ws", "http", "https", "elegant", "form", "arduino",
  // "esphome", "mqtt", "sd", "control" or "uart"; 0 bytes: not known.
  UpdraftSketch& mayInstall(std::function<bool(const char* by, uint64_t bytes)> ask);
  // Asked once a second while this sketch is on trial; true keeps it. Takes the place of the 60 s.
  UpdraftSketch& isHealthy(std::function<bool()> ask);

  // News. Once loop() calls handle(), they come from there.
  UpdraftSketch& onProgress(
      std::function<void(uint64_t bytes, uint64_t of)> tell);  // of 0: not known
  UpdraftSketch& onInstalled(
      std::function<void(const char* version)> tell);                 // the restart comes next
  UpdraftSketch& onEnded(std::function<void(const char* why)> tell);  // badly; nothing has changed
  // The last moment before Updraft restarts the chip, always in Updraft's task.
  UpdraftSketch& onRestart(std::function<void()> tell);

  // Starts all that; once. May be the first line of setup(). False: lastError() says what is wrong.
  // What makes a trial meaningless is said on the console: a table with one app slot, a name that
  // is missing (UPDRAFT_SKETCH), a core that confirms by itself.
  bool begin();
  void handle();  // in loop(), if your functions shall run there

  // From any task.
  bool confirm();   // keeps this sketch, within a second; false: it is not on trial
  bool rollBack();  // gives it up: restarts into the old one; false: it is not on trial
  bool onTrial();   // not kept yet
  bool busy();      // an update comes in
  // Asks now, and waits so long for the end: for sketches that sleep. nullptr: the URL of pull() or
  // pullWeb().
  UpdraftPulled pullNow(const char* url, uint32_t ms);
  const char* lastError();  // a sentence; "": none yet
};

extern UpdraftSketch Updraft;

// Who this sketch is, in the image: without it every sketch has one name and one version. In the
// sketch's main file, once; at most 31 characters each.
#define UPDRAFT_SKETCH(name, version)                                                          \
  static_assert(sizeof(name) <= 32 && sizeof(version) <= 32,                                   \
                "UPDRAFT_SKETCH takes at most 31 characters each");                            \
  extern "C" {                                                                                 \
  extern const esp_app_desc_t esp_app_desc;                                                    \
  constinit const esp_app_desc_t esp_app_desc __attribute__((used, section(".rodata_desc"))) = \
      updraft_describe<esp_app_desc_t>(name, version, __TIME__, __DATE__);                     \
  }                                                                                            \
  static_assert(true)

// The rest of the descriptor as the SDK fills it in; what only newer SDKs have is set where it is.
template <class Desc>
consteval Desc updraft_describe(const char* name, const char* version, const char* time,
                                const char* date) {
  Desc desc{};
  const auto copy = [](auto& field, const char* text) {
    for (size_t i = 0; text[i] != '\0'; ++i) field[i] = text[i];
  };
  desc.magic_word = ESP_APP_DESC_MAGIC_WORD;
  copy(desc.version, version);
  copy(desc.project_name, name);
  copy(desc.time, time);
  copy(desc.date, date);
#ifdef IDF_VER
  copy(desc.idf_ver, IDF_VER);
#endif
#ifdef CONFIG_ESP_EFUSE_BLOCK_REV_MAX_FULL
  if constexpr (requires { desc.max_efuse_blk_rev_full; }) {
    desc.min_efuse_blk_rev_full = CONFIG_ESP_EFUSE_BLOCK_REV_MIN_FULL;
    desc.max_efuse_blk_rev_full = CONFIG_ESP_EFUSE_BLOCK_REV_MAX_FULL;
  }
#endif
#ifdef CONFIG_MMU_PAGE_SIZE
  if constexpr (requires { desc.mmu_page_size; }) {
    desc.mmu_page_size = static_cast<uint8_t>(31 - __builtin_clz(CONFIG_MMU_PAGE_SIZE));
  }
#endif
  return desc;
}

// The core confirms every image before setup() unless this says later. It is here, and not in the
// library, so that it stands in the sketch's own object: there it comes before the core's, and
// gives way to a function of yours in another file.
#ifndef UPDRAFT_IN_THE_LIBRARY
extern "C" __attribute__((used)) inline bool verifyRollbackLater() { return true; }
#endif
