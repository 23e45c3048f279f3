#include "cli/progress_bar.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/words/output.hpp"
#include "cli/words/terminal.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {
constexpr std::chrono::milliseconds kRedraw{100};  // on a terminal
constexpr std::chrono::seconds kRepeat{2};         // elsewhere
constexpr std::chrono::seconds kPatience{1};       // before a wait is worth a word
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kWholeLine = 200;  // elsewhere than on a terminal nothing is left out

std::string bar(double part, std::size_t cells) {
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(cells));
  return " [" + std::string(filled, '#') + std::string(cells - filled, '.') + "]";
}

// As wide as what stands beside it leaves room for; 0: there is none.
std::size_t bar_cells(const std::vector<std::string>& beside, std::size_t columns) {
  constexpr std::size_t kFrame = 3, kLeast = 8;  // " [" and "]"
  std::size_t taken = kFrame;
  for (const std::string& part : beside) taken += part.size();
  return columns < taken + kLeast ? 0 : std::min(kBarWidth, columns - taken);
}

}  // namespace

std::string fit(const std::vector<std::string>& parts, std::size_t columns) {
  std::string line;
  for (const std::string& part : parts) {
    if (!line.empty() && line.size() + part.size() > columns) break;
    line += part;
  }
  return line.substr(0, columns);
}

ProgressBar::ProgressBar(std::string label) : label_(std::move(label)), terminal_(on_terminal()) {}

ProgressBar::~ProgressBar() {
  tried();
  finish();
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  tried();
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

void ProgressBar::trying(const std::string& whom, std::chrono::milliseconds since) {
  const auto now = Clock::now();
  if (!terminal_ || running_ || since < kPatience || now - drawn_ < kRedraw) return;
  drawn_ = now;
  trying_ = true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  const std::string time = fmt::format(" ... {} s", seconds);
  const std::size_t room = terminal_columns() - 1 - std::min<std::size_t>(12, time.size());
  Output::draw(
      fmt::format("\r{}{}\x1b[K", fmt::format("{:<10} {}", "trying", whom).substr(0, room), time));
}

void ProgressBar::tried() {
  if (!trying_) return;
  trying_ = false;
  Output::draw("\r\x1b[K");
}

void ProgressBar::draw() {
  const std::string line = fit(parts(), terminal_ ? terminal_columns() - 1 : kWholeLine);
  Output::draw(fmt::format(fmt::runtime(terminal_ ? "\r{}\x1b[K" : "{}\n"), line));
}

// What a person needs most comes first: how far, how fast, how long.
std::vector<std::string> ProgressBar::parts() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const bool has_rate = seconds > 0.2;
  std::vector<std::string> parts = {fmt::format("{:<10}", label_)};
  double part = 0;
  if (total_ != 0) {
    part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    parts.push_back(fmt::format(" {:3.0f} %", part * 100));
  }
  const std::string of = total_ == 0 ? "" : " of " + human_bytes(total_);
  parts.push_back(fmt::format("{}{}{}", total_ == 0 ? " " : "  ", human_bytes(done_), of));
  if (has_rate) parts.push_back(", " + human_rate(rate));
  if (total_ != 0 && rate > 0 && done_ < total_ && seconds > 0.5) {
    parts.push_back(
        fmt::format(", {} left", human_seconds(static_cast<double>(total_ - done_) / rate)));
  }
  const std::size_t columns = terminal_ ? terminal_columns() - 1 : kWholeLine;
  const std::size_t cells = total_ == 0 ? 0 : bar_cells(parts, columns);
  if (cells > 0) parts.insert(parts.begin() + 1, bar(part, cells));
  if (!note_.empty()) parts.push_back(note_);
  return parts;
}

}  // namespace updraft::cli
