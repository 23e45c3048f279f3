// A board with a sketch in each of its images: the simulated chip of tests/esp_idf, on which the
// shared objects of tests/arduino/CMakeLists.txt are the programs. A start is a fresh load, so that
// RAM is new.
//
//   Board board({.words = {{"raw", "18000"}}});
//   board.start();                      // the bootloader, app_main(), setup()
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/esp_idf/fake_chip.hpp"
#include "tests/esp_idf/fake_http.hpp"

namespace updraft::arduino {

// What the core offers as default, 4 MB, at a quarter of the size: two slots, NVS, no partition of
// ours.
inline constexpr char kStockTable[] =
    "nvs,      data, nvs,   0x9000,   0x5000\n"
    "otadata,  data, ota,   0xe000,   0x2000\n"
    "app0,     app,  ota_0, 0x10000,  192K\n"
    "app1,     app,  ota_1, 0x40000,  192K\n";

esp_idf::Image sketch_image(const std::string& version, std::size_t size = 24 * 1024);

class Board {
 public:
  struct Setup {
    const char* table = kStockTable;
    std::map<std::string, std::string> words;     // what the sketch asks the test for
    std::map<std::string, std::string> programs;  // version and sketch; not listed: "everything"
    std::size_t size = 24 * 1024;                 // of the first image
  };
  explicit Board(Setup setup);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // From power-on, or after a reset; false: nothing boots.
  bool start(esp_reset_reason_t why = ESP_RST_POWERON);
  void stop();  // no program runs any more
  void pass(int seconds);
  // Until the condition holds; false: ten seconds went by, which nothing here takes.
  template <class Condition>
  bool until(Condition condition) {
    for (int i = 0; i < 10'000; ++i) {
      if (condition()) return true;  // asked once: it may take what it finds
      nap();
    }
    return false;
  }
  // Whether it hears that in time; if not, what it has heard, and what stands in the log.
  testing::AssertionResult hears(const std::string& what);
  bool has_heard(const std::string& what) const;
  bool restarts();  // by and by: its clock goes on
  std::string running() const { return chip.running(); }
  OtaState state();  // of what runs, from otadata

  void hear(const char* what);                             // from the sketch
  const std::string& word(const std::string& name) const;  // of the setup; "": none

  esp_idf::FakeHttp http;
  esp_idf::FakeChip chip;
  std::atomic<std::uint32_t> address = 0x0100'007F;
  std::vector<void (*)()> at_restart;
  bool crashed = false;

 private:
  static void nap();

  Setup setup_;
  mutable std::mutex mutex_;
  std::vector<std::string> heard_;
  void* program_ = nullptr;
  std::set<int> others_;  // sockets that are not the program's
};

Board& board();  // the one there is

}  // namespace updraft::arduino
