// A progress bar with rate and remaining time on a terminal, a line now and then elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace updraft::cli {

// Writes to standard output. `total` 0: not known, then only amount and rate are shown.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar();  // leaves the line, so that what follows starts on a new one
  void show(std::uint64_t done, std::uint64_t total);
  void note(std::string text) { note_ = std::move(text); }  // shown after the amount
  void finish();  // draws the last state; further show() calls start over

 private:
  using Clock = std::chrono::steady_clock;
  void draw();
  std::string text() const;

  std::string label_;
  std::string note_;
  bool terminal_;
  bool running_ = false;
  Clock::time_point started_{};
  Clock::time_point drawn_{};
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace updraft::cli
