// What became of updates, kept on a chip until the server of its fleet has taken it
// (spec/protocols/native.md section 3.4). The latest kKeptEvents in RAM; the last one that a
// restart follows is in NVS as well, with the next number, so that numbers rise over restarts.
#pragma once
#include <array>
#include <cstdint>
#include <utility>

#include "nvs.h"
#include "ports/esp_idf/event_hearer.hpp"
#include "ports/esp_idf/kept_events.hpp"
#include "protocols/pull/web_reports.hpp"

namespace updraft::esp_idf {

class FleetReports final : public link::WebReports, public EventHearer {
 public:
  explicit FleetReports(const char* id) : id_(id) {}  // which outlives it; "": nothing is told

  void load(nvs_handle_t notes);  // once, at the start; 0: there is no NVS
  void note(const updraft_event_t& event) override;
  // Something happened since the last time this was asked.
  bool take_news() { return std::exchange(news_, false); }
  Bytes report() override;
  void reported() override;

 private:
  // In NVS.
  struct Last {
    std::uint32_t next = 1;  // numbers from here on were never used
    char text[180]{};        // of an event, with its number; "": the server has it
  };
  void save();
  // False: it does not fit.
  bool add(std::string_view event);

  const char* id_;
  nvs_handle_t notes_ = 0;
  KeptEvents events_;
  Last last_;
  std::uint64_t base_ = 0;                // before the number of the first event of this start
  std::uint64_t told_ = 0, in_body_ = 0;  // events of this start: the server has them; it gets them
  bool old_ = false;                      // last_ has one of an earlier start
  bool news_ = false;
  std::array<char, 1024> body_{};
  std::size_t size_ = 0;
};

}  // namespace updraft::esp_idf
