// What a sketch has said to Updraft, and what it is told. One for the program.
//
// Ways in that bring much code along are reached through pointers, which the functions that name
// them set: what no sketch names is not linked (ports/esp_idf/named.hpp).
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/core/ring.hpp"
#include "ports/esp_idf/lock.hpp"
#include "updraft_uart.h"

namespace updraft::arduino {

inline constexpr std::size_t kNews = 8;             // that wait for handle()
inline constexpr std::uint32_t kStack = 8192;       // bytes; functions of the sketch run on it
inline constexpr std::uint32_t kWebStack = 12'288;  // with TLS

class Sketch {
 public:
  // They are compiled, and named by patches() and compressed().
  Sketch() { config.take_delta = config.take_compressed = false; }
  esp_err_t start();
  void handle();
  void fails(const char* why) { last_error_ = why; }
  const char* last_error() const { return last_error_; }
  bool busy() const { return busy_; }
  std::uint32_t ends() const { return ends_; }
  updraft_event_id_t last_end() const { return last_end_; }
  bool last_was_refused() const { return last_was_refused_; }

  updraft_config_t config = updraft_config_default();
  bool from_web = false;  // pull_url is a web server's
  esp_err_t (*open_page)(const Sketch& sketch) = nullptr;
  esp_err_t (*open_elegant)() = nullptr;  // on the page's server
  esp_err_t (*open_form)() = nullptr;     // likewise
  esp_err_t (*open_uart)(const Sketch& sketch) = nullptr;
  std::uint16_t page_port = 0;
  const char* page_password = nullptr;
  const char* page_name = nullptr;
  struct Uart {
    int rx = -1, tx = -1, baud = 0, port = 0;
    updraft_uart_speech_t speaks = UPDRAFT_UART_CONTROL;
  } uart;
  // Ways in that let nothing in: neither unsigned nor signed, as no keys were named.
  bool any_closed() const;
  bool lacks_page() const {
    return open_page == nullptr && (open_elegant != nullptr || open_form != nullptr);
  }

  std::function<bool(const char* by, std::uint64_t bytes)> may_install;
  std::function<bool()> is_healthy;
  std::function<void(std::uint64_t bytes, std::uint64_t of)> on_progress;
  std::function<void(const char* version)> on_installed;
  std::function<void(const char* why)> on_ended;
  std::function<void()> on_restart;

 private:
  static void on_event(const updraft_event_t* event, void* sketch);
  static bool ask_health(void* sketch);
  static bool ask_install(const char* scheme, std::uint64_t total, void* sketch);
  static void restarts();
  bool fetches_nothing() const;
  void note(const updraft_event_t& event);
  void keep(const updraft_event_t& event);
  void tell(const updraft_event_t& event) const;
  bool has_lived();

  esp_idf::Lock lock_;
  Ring<updraft_event_t, kNews> waiting_ UPDRAFT_GUARDED_BY(lock_);
  std::atomic<bool> handles_ = false;
  std::atomic<bool> busy_ = false;
  std::atomic<bool> restarts_ =
      false;  // an image was installed or given up: the next restart is ours
  std::atomic<std::uint32_t> ends_ = 0;
  std::atomic<updraft_event_id_t> last_end_ = UPDRAFT_EVENT_ENDED;
  std::atomic<bool> last_was_refused_ = false;
  std::atomic<const char*> last_error_ = "";
  std::int64_t address_since_ = 0;  // in microseconds; 0: there is none
};

Sketch& sketch();

// What speaks against a trial that means something, on the console.
void complain_about_the_build();

}  // namespace updraft::arduino
