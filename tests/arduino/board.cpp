#include "tests/arduino/board.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "esp_app_desc.h"
#include "esp_attr.h"
#include "esp_http_server.h"
#include "esp_netif.h"
#include "esp_timer.h"
#include "tests/esp_idf/fake_uart.hpp"

namespace updraft::arduino {
namespace {

Board* the_board = nullptr;
RTC_NOINIT_ATTR volatile int in_rtc_memory;  // so that there is some

std::set<int> sockets() {
  std::set<int> found;
  for (int i = 0; i < 1024; ++i) {
    struct stat what{};
    if (fstat(i, &what) == 0 && S_ISSOCK(what.st_mode)) found.insert(i);
  }
  return found;
}

}  // namespace

Board& board() { return *the_board; }

esp_idf::Image sketch_image(const std::string& version, std::size_t size) {
  return sim::make_image({.version = version,
                          .project = "thermostat",
                          .size = size,
                          .seed = static_cast<std::uint32_t>(version.front())});
}

Board::Board(Setup setup)
    : chip(setup.table, sketch_image("1.0.0", setup.size)), setup_(std::move(setup)) {
  in_rtc_memory = 0;
  the_board = this;
  chip.before_restart = [this] {
    for (const auto handler : at_restart) handler();
  };
}

Board::~Board() {
  stop();
  the_board = nullptr;
}

void Board::stop() {
  chip.tasks.power_off();
  chip.net.power_off();
  while (!http.sessions.empty()) http.close(http.sessions.begin()->first);
  http.handlers.clear();
  at_restart.clear();
  esp_idf::uart(1) = {};  // its driver was in RAM
  if (program_ == nullptr) return;
  (void)dlclose(program_);
  program_ = nullptr;
  for (const int socket : sockets()) {
    if (!others_.contains(socket)) (void)close(socket);  // the program's: they were in its RAM
  }
}

bool Board::start(esp_reset_reason_t why) {
  stop();
  chip.reset_reason = why;
  chip.real_time = true;
  crashed = false;
  {
    const std::lock_guard held(mutex_);
    heard_.clear();
  }
  if (!chip.power_on()) return false;
  const auto listed = setup_.programs.find(chip.running());
  const std::string name = listed != setup_.programs.end() ? listed->second : "everything";
  const std::string path = std::string(UPDRAFT_SKETCHES "/") + name + ".so";
  if (dlopen(path.c_str(), RTLD_NOLOAD | RTLD_LAZY) != nullptr)
    throw std::runtime_error(path + " is still there");
  program_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (program_ == nullptr) throw std::runtime_error(dlerror());
  const auto* const desc = static_cast<const esp_app_desc_t*>(dlsym(program_, "esp_app_desc"));
  others_ = sockets();
  chip.project = desc != nullptr ? desc->project_name : "arduino-lib-builder";
  reinterpret_cast<void (*)()>(dlsym(program_, "app_main"))();
  return true;
}

void Board::nap() { std::this_thread::sleep_for(std::chrono::milliseconds{1}); }

// The chip's clock goes on by hand from now on; its tasks have a moment to see it.
void Board::pass(int seconds) {
  if (chip.real_time) chip.microseconds = esp_timer_get_time();
  chip.real_time = false;
  chip.microseconds += seconds * std::int64_t{1'000'000};
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

bool Board::has_heard(const std::string& what) const {
  const std::lock_guard held(mutex_);
  return std::ranges::find(heard_, what) != heard_.end();
}

bool Board::restarts() {
  for (int i = 0; i < 100 && !chip.restarted; ++i) pass(1);
  return chip.restarted;
}

testing::AssertionResult Board::hears(const std::string& what) {
  if (until([&] { return has_heard(what); })) return testing::AssertionSuccess();
  testing::AssertionResult silence = testing::AssertionFailure()
                                     << "\"" << what << "\" is not among";
  {
    const std::lock_guard held(mutex_);
    for (const std::string& one : heard_) silence << "\n  heard: " << one;
  }
  const std::lock_guard held(chip.inside);
  for (const std::string& line : chip.log) silence << "\n  log: " << line;
  return silence;
}

OtaState Board::state() {
  OtaState state{};
  const std::lock_guard held(chip.inside);
  (void)chip.ota().get_state_partition(chip.ota().get_running_partition(), &state);
  return state;
}

void Board::hear(const char* what) {
  const std::lock_guard held(mutex_);
  heard_.emplace_back(what);
}

const std::string& Board::word(const std::string& name) const {
  static const std::string kNone;
  const auto found = setup_.words.find(name);
  return found != setup_.words.end() ? found->second : kNone;
}

}  // namespace updraft::arduino

using updraft::arduino::board;

extern "C" {

const char* test_word(const char* name);
void test_heard(const char* what);
void test_crash();
void fake_wait();

const char* test_word(const char* name) {
  return board().word(name).c_str();  // it stays
}
void test_heard(const char* what) { board().hear(what); }
void fake_wait() {
  board().chip.tasks.waits();
  std::this_thread::sleep_for(std::chrono::milliseconds{1});
}
// The task is gone, and with it the program, as soon as the test resets the chip.
void test_crash() {
  board().crashed = true;
  while (true) fake_wait();
}

esp_err_t esp_netif_init(void) { return ESP_OK; }
esp_netif_t* esp_netif_get_default_netif(void) { return reinterpret_cast<esp_netif_t*>(&board()); }
esp_err_t esp_netif_get_ip_info(esp_netif_t*, esp_netif_ip_info_t* info) {
  *info = {};
  info->ip.addr = board().address;
  return ESP_OK;
}
esp_err_t esp_register_shutdown_handler(shutdown_handler_t handler) {
  board().at_restart.push_back(handler);
  return ESP_OK;
}
esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* config) {
  if (config->ctrl_port == 32768) return ESP_FAIL;  // a server of the sketch's has it
  board().http.room = config->max_uri_handlers;
  *handle = &board().http;
  return ESP_OK;
}

}  // extern "C"
