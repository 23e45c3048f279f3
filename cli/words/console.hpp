// Standard output and standard error of a program that must go on whether or not somebody reads:
// what is said is queued, and a thread for each file writes it: who reads one of the two gets all
// of that. So any kind of file will do, and its flags, which it may share with other programs, stay
// as they are.
//
// While nobody reads and the queue is full, lines are dropped; the next one that has room is
// preceded by one that says how many. A file that is closed at its other end takes nothing more;
// SIGPIPE must be ignored.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>

namespace updraft::cli {

inline constexpr std::size_t kConsoleBytes = 256 * 1024;       // that may wait to be written
inline constexpr std::chrono::milliseconds kReaderPause{500};  // at the end

class Console {
 public:
  // `lost_line`: says that so many lines were lost.
  explicit Console(std::function<std::string(std::uint64_t)> lost_line);
  // Waits as long as the reader reads; where it pauses for kReaderPause, the rest is lost.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // A whole line with its end, or what is to be drawn on a terminal.
  void write(int fd, std::string text);
  // Until all of that is written; gives up where the reader pauses for kReaderPause.
  void flush();

 private:
  struct Queue;  // shared with its thread, which outlives the console if a write never returns
  static void run(const std::shared_ptr<Queue>& queue);
  static void flush(Queue& queue);
  static void end(Queue& queue);
  Queue& queue_of(int fd);

  std::function<std::string(std::uint64_t)> lost_line_;
  std::map<std::pair<dev_t, ino_t>, std::shared_ptr<Queue>> queues_;  // by their files
};

}  // namespace updraft::cli
