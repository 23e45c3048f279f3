// What became of updates, kept for the server of a fleet until it has taken it: DIR/reports.
//
//   17
//   {"n":16,"event":"update","result":"ok",...}
//   {"n":17,"event":"confirm"}
//
// First the newest number, which rises over restarts.
#pragma once
#include <deque>
#include <filesystem>
#include <string>

#include "protocols/pull/web_reports.hpp"
#include "virtual_device/events.hpp"

namespace updraft::device {

inline constexpr std::size_t kKeptReports = 16;  // spec/protocols/native.md section 3.4

class Reports final : public link::WebReports {
 public:
  // `events` outlives it.
  Reports(std::filesystem::path file, std::string id, const Events& events);

  // Takes over what was told since the last time; before a restart, which forgets it.
  void collect();
  Bytes report() override;
  void reported() override;

 private:
  void load();
  void save() const;

  std::filesystem::path file_;
  std::string id_;
  const Events& events_;
  std::uint64_t seen_ = 0;  // of the events of this start
  std::uint64_t number_ = 0;
  std::deque<std::string> kept_;
  std::string body_;
  std::size_t in_body_ = 0;  // of those kept
};

}  // namespace updraft::device
