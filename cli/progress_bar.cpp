#include "cli/progress_bar.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/words/output.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {
constexpr std::chrono::milliseconds kRedraw{100};  // on a terminal
constexpr std::chrono::seconds kRepeat{2};         // elsewhere
constexpr std::size_t kBarWidth = 24;

std::string bar(double part) {
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(kBarWidth));
  return std::string(filled, '#') + std::string(kBarWidth - filled, '.');
}
}  // namespace

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), terminal_(isatty(STDOUT_FILENO) == 1) {}

ProgressBar::~ProgressBar() { finish(); }

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  const auto now = Clock::now();
  if (!running_) {
    running_ = true;
    started_ = now;
    drawn_ = now;
  }
  done_ = done;
  total_ = total;
  if (now - drawn_ < (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kRepeat))) return;
  drawn_ = now;
  draw();
}

void ProgressBar::finish() {
  if (!running_) return;
  if (terminal_ || drawn_ != started_) draw();  // elsewhere a short transfer needs no line
  if (terminal_) Output::draw("\n");
  running_ = false;
  note_.clear();
}

void ProgressBar::draw() {
  Output::draw(
      fmt::format(fmt::runtime(terminal_ ? "\r{:<10} {}\x1b[K" : "{:<10} {}\n"), label_, text()));
}

std::string ProgressBar::text() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const std::string speed = seconds > 0.2 ? ", " + human_rate(rate) : "";
  if (total_ == 0) return human_bytes(done_) + speed + note_;
  const double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  std::string line = fmt::format("[{}] {:3.0f} %  {} of {}{}", bar(part), part * 100,
                                 human_bytes(done_), human_bytes(total_), speed + note_);
  if (rate > 0 && done_ < total_ && seconds > 0.5) {
    line += fmt::format(", {} left", human_seconds(static_cast<double>(total_ - done_) / rate));
  }
  return line;
}

}  // namespace updraft::cli
