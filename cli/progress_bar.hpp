// A progress bar with rate and remaining time on a terminal, a line now and then elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace updraft::cli {

// Writes to standard output. `total` 0: not known, then only amount and rate are shown. On a
// terminal the line is one column shorter than the terminal is wide, whatever that is just now:
// what is least needed, at its right, is left out.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar();  // leaves the line, so that what follows starts on a new one
  void show(std::uint64_t done, std::uint64_t total);
  void note(std::string text) { note_ = std::move(text); }  // shown after the amount
  void finish();  // draws the last state; further show() calls start over

  // While nobody answers, on a terminal alone: "trying     192.168.1.20 ... 4 s".
  void trying(const std::string& whom, std::chrono::milliseconds since);
  void tried();  // takes that line away

 private:
  using Clock = std::chrono::steady_clock;
  void draw();
  std::vector<std::string> parts() const;

  std::string label_;
  std::string note_;
  bool terminal_;
  bool running_ = false;
  bool trying_ = false;  // that line is there
  Clock::time_point started_{};
  Clock::time_point drawn_{};
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

// The parts from the left that fit into so many columns; the first in any case, cut off.
std::string fit(const std::vector<std::string>& parts, std::size_t columns);

}  // namespace updraft::cli
