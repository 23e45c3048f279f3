// What became of updates, and who the chip is, kept until the server of its fleet has taken it
// (spec/protocols/native.md section 3.4). The latest kKeptEvents in RAM; the last one that a
// restart follows is in NVS as well, with the next number, so that numbers rise over restarts, and
// which hello the server has.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/format/image.hpp"
#include "nvs.h"
#include "ports/esp_idf/event_hearer.hpp"
#include "ports/esp_idf/kept_events.hpp"
#include "protocols/pull/web_hello.hpp"
#include "protocols/pull/web_reports.hpp"

namespace updraft::esp_idf {

class FleetReports final : public link::WebReports, public EventHearer {
 public:
  // Which outlives it; with a pull_id.
  explicit FleetReports(const updraft_config_t& config) : config_(config) {}

  bool is_sound();  // else the log says what no server would take
  // Once, at the start; 0: there is no NVS. `running` outlives it. `slot_bytes`: of an update.
  void load(nvs_handle_t notes, const format::ImageInfo& running, std::uint32_t slot_bytes);
  void note(const updraft_event_t& event) override;
  // Something happened since the last time this was asked.
  bool take_news() { return std::exchange(news_, false); }
  Bytes report() override;
  void reported(bool taken) override;
  void accepted() override;
  void hello_wanted() override { greets_ = true; }

 private:
  // In NVS.
  struct Last {
    std::uint32_t next = 1;  // numbers from here on were never used
    char text[180]{};        // of an event, with its number; "": the server has it
  };
  using Attributes = std::array<link::WebAttribute, link::kMostAttributes>;
  std::span<const link::WebAttribute> attributes(Attributes& room) const;
  void write_hello(link::HttpText& out) const;
  void keep(const updraft_event_t& event);
  void use(std::uint64_t number, bool also_save);
  void save();
  void save_hello();
  void begin_report();
  // False: it does not fit.
  bool add(std::string_view event);
  void add_events();
  void add_hello();

  const updraft_config_t& config_;
  const format::ImageInfo* running_ = nullptr;
  std::uint32_t slot_bytes_ = 0;
  nvs_handle_t notes_ = 0;
  KeptEvents events_;
  Last last_;
  std::uint64_t base_ = 0;                // before the number of the first event of this start
  std::uint64_t told_ = 0, in_body_ = 0;  // events of this start: the server has them; it gets them
  bool old_ = false;                      // last_ has one of an earlier start
  bool news_ = false;
  link::HelloMark hello_{};
  bool greets_ = false, hello_out_ = false;  // it is to be told; it is in body_
  std::array<char, link::kMostReportBytes> body_{};
  std::size_t size_ = 0;
};

}  // namespace updraft::esp_idf
