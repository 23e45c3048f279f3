// What became of updates, and who the device is, kept for the server of a fleet until it has taken
// it: DIR/reports.
//
//   17 5f82e316d434907d
//   {"n":16,"event":"update","result":"ok",...}
//   {"n":17,"event":"confirm"}
//
// First the newest number, which rises over restarts, and which hello the server has.
#pragma once
#include <deque>
#include <filesystem>
#include <string>

#include "protocols/pull/web_hello.hpp"
#include "protocols/pull/web_reports.hpp"
#include "virtual_device/events.hpp"

namespace updraft::device {

inline constexpr std::size_t kKeptReports = 16;  // spec/protocols/native.md section 3.4

class Reports final : public link::WebReports {
 public:
  // `events` outlives it. `hello`: as link::write_hello() has it.
  Reports(std::filesystem::path file, std::string id, const Events& events, std::string hello);

  // Takes over what was told since the last time; before a restart, which forgets it.
  void collect();
  Bytes report() override;
  void reported(bool taken) override;
  void accepted() override;
  void hello_wanted() override { greets_ = true; }

 private:
  void load();
  void save() const;
  void keep(std::string_view members);  // of an event, up to its last brace

  std::filesystem::path file_;
  std::string id_;
  const Events& events_;
  std::uint64_t seen_ = 0;  // of the events of this start
  std::uint64_t number_ = 0;
  std::string hello_;        // what it says now
  std::string mark_, told_;  // of that; of what the server has
  bool greets_ = false;      // it is to be told
  std::deque<std::string> kept_;
  std::string body_;
  std::size_t in_body_ = 0;  // of those kept
};

}  // namespace updraft::device
