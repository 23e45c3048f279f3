#include "ports/arduino/sketch.hpp"

#include <string_view>

#include "esp_log.h"
#include "esp_netif.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::arduino {
namespace {

constexpr std::int64_t kLivesAfter = 60'000'000;  // microseconds with an address

bool has_address() {
  esp_netif_t* const netif = esp_netif_get_default_netif();
  esp_netif_ip_info_t info{};
  return netif != nullptr && esp_netif_get_ip_info(netif, &info) == ESP_OK && info.ip.addr != 0;
}

}  // namespace

// Made when a sketch first speaks, as it uses what other objects are made for.
Sketch& sketch() {
  static Sketch one;
  return one;
}

// A certificate proves an https server alone.
bool Sketch::fetches_nothing() const {
  if (config.pull_url == nullptr) return false;
  if (!from_web) return !config.allow_unsigned_req;
  const bool by_server =
      config.pull_server_proves && std::string_view(config.pull_url).starts_with("https:");
  return !by_server && !config.allow_unsigned_https;
}

bool Sketch::any_closed() const {
  if (config.keyset != nullptr) return false;
  const bool arduino = config.arduino_password != nullptr || config.allow_unsigned_arduino;
  const bool esphome = config.esphome_password != nullptr || config.allow_unsigned_esphome;
  const bool uart_lets_in = config.allow_unsigned_control || config.allow_unsigned_uart;
  return fetches_nothing() || (config.raw_port != 0 && !config.allow_unsigned_raw) ||
         (open_page != nullptr && page_password == nullptr) ||
         (config.arduino_port != 0 && !arduino) || (config.esphome_port != 0 && !esphome) ||
         (config.mqtt_url != nullptr && !config.allow_unsigned_mqtt) ||
         (config.sd_folder != nullptr && !config.allow_unsigned_sd) ||
         (open_uart != nullptr && !uart_lets_in);
}

esp_err_t Sketch::start() {
  config.context = this;
  config.on_event = &on_event;
  config.is_healthy = &ask_health;
  config.may_install = may_install ? &ask_install : nullptr;
  config.task_stack = from_web ? kWebStack : kStack;
  esp_err_t err = esp_netif_init();  // nothing happens where WiFi or Ethernet has done it
  if (err == ESP_OK && on_restart) err = esp_register_shutdown_handler(&restarts);
  if (err == ESP_OK) err = updraft_start(&config);
  if (err == ESP_OK && open_page != nullptr) err = open_page(*this);
  if (err == ESP_OK && open_elegant != nullptr) err = open_elegant();
  if (err == ESP_OK && open_form != nullptr) err = open_form();
  if (err == ESP_OK && open_uart != nullptr) err = open_uart(*this);
  return err;
}

bool Sketch::ask_install(const char* scheme, std::uint64_t total, void* sketch) {
  return static_cast<Sketch*>(sketch)->may_install(scheme, total);
}

bool Sketch::ask_health(void* sketch) {
  auto& mine = *static_cast<Sketch*>(sketch);
  return mine.is_healthy ? mine.is_healthy() : mine.has_lived();
}

// Without a function of the sketch's: it has had an address all that time, so that it can be
// updated.
bool Sketch::has_lived() {
  const std::int64_t now = esp_timer_get_time();
  if (!has_address()) {
    address_since_ = 0;
    return false;
  }
  if (address_since_ == 0) address_since_ = now;
  return now - address_since_ >= kLivesAfter;
}

void Sketch::on_event(const updraft_event_t* event, void* sketch) {
  static_cast<Sketch*>(sketch)->note(*event);
}

void Sketch::note(const updraft_event_t& event) {
  switch (event.id) {
    case UPDRAFT_EVENT_ACCEPTED:
      busy_ = true;
      break;
    case UPDRAFT_EVENT_ROLLED_BACK:
      restarts_ = true;
      break;
    case UPDRAFT_EVENT_INSTALLED:
      restarts_ = true;
      [[fallthrough]];
    case UPDRAFT_EVENT_ENDED:
    case UPDRAFT_EVENT_CURRENT:
    case UPDRAFT_EVENT_UNCHANGED:
      busy_ = false;
      last_end_ = event.id;
      last_was_refused_ = event.refused;
      if (event.message != nullptr) last_error_ = event.message;
      ++ends_;
      break;
    default:
      break;
  }
  if (handles_) return keep(event);
  tell(event);
}

// For loop(). The last place is for what changes the device.
void Sketch::keep(const updraft_event_t& event) {
  const esp_idf::Held held(lock_);
  const bool progress = event.id == UPDRAFT_EVENT_PROGRESS;
  if (progress && !waiting_.empty() && waiting_.back().id == UPDRAFT_EVENT_PROGRESS) {
    waiting_.back() = event;
  } else if (waiting_.size() + (event.id != UPDRAFT_EVENT_INSTALLED ? 1 : 0) < kNews) {
    waiting_.push(event);
  }
}

void Sketch::handle() {
  handles_ = true;
  while (true) {
    updraft_event_t event;
    {
      const esp_idf::Held held(lock_);
      if (waiting_.empty()) return;
      event = waiting_.front();
      waiting_.pop();
    }
    tell(event);
  }
}

void Sketch::tell(const updraft_event_t& event) const {
  if (event.id == UPDRAFT_EVENT_PROGRESS && on_progress) on_progress(event.received, event.total);
  if (event.id == UPDRAFT_EVENT_INSTALLED && on_installed) on_installed(event.version);
  if (event.id == UPDRAFT_EVENT_ENDED && on_ended) on_ended(event.message);
}

// Of every esp_restart(), also the sketch's own.
void Sketch::restarts() {
  if (sketch().restarts_) sketch().on_restart();
}

}  // namespace updraft::arduino
