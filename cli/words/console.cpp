#include "cli/words/console.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "updraft/bytes.hpp"

#include "host/desk/mutex.hpp"
#include "host/desk/write_all.hpp"

namespace updraft::cli {

using host::Mutex;
using host::MutexLock;

struct Console::Queue {
  struct Piece {
    int fd;
    std::string text;
  };

  // What there is no room for is dropped and counted.
  void push(int fd, std::string text) {
    const MutexLock lock(mutex);
    if (!has_room(text.size())) return void(++lost);
    bytes += text.size();
    pieces.push_back({fd, std::move(text)});
    news.notify_all();
  }
  // How many were dropped, once there is room again; from then on they count anew.
  std::uint64_t take_lost(std::size_t size) {
    const MutexLock lock(mutex);
    return has_room(size) ? std::exchange(lost, 0) : 0;
  }
  bool has_room(std::size_t size) const UPDRAFT_REQUIRES(mutex) {
    return bytes + size <= kConsoleBytes;
  }
  // The thread's: the first piece, once there is one; nullopt: the console is over.
  std::optional<Piece> next() {
    const MutexLock lock(mutex);
    while (!stop && pieces.empty()) news.wait(mutex);
    if (stop) return std::nullopt;
    return pieces.front();
  }
  void drop_written() {
    const MutexLock lock(mutex);
    if (stop) return;
    bytes -= pieces.front().text.size();
    pieces.pop_front();
    ++written;
    less.notify_all();
  }

  Mutex mutex;
  std::condition_variable_any news;                     // a piece, or the wish to stop
  std::condition_variable_any less;                     // a piece was written
  std::deque<Piece> pieces UPDRAFT_GUARDED_BY(mutex);   // the first one is being written
  std::size_t bytes UPDRAFT_GUARDED_BY(mutex) = 0;      // of all of them
  std::uint64_t lost UPDRAFT_GUARDED_BY(mutex) = 0;     // lines since the last word of them
  std::uint64_t written UPDRAFT_GUARDED_BY(mutex) = 0;  // pieces
  bool stop UPDRAFT_GUARDED_BY(mutex) = false;
};

Console::Console(std::function<std::string(std::uint64_t)> lost_line)
    : lost_line_(std::move(lost_line)) {}

Console::~Console() {
  for (const auto& [file, queue] : queues_) end(*queue);
}

void Console::flush() {
  for (const auto& [file, queue] : queues_) flush(*queue);
}

void Console::flush(Queue& queue) {
  const MutexLock lock(queue.mutex);
  std::uint64_t before = queue.written;
  while (!queue.pieces.empty()) {
    (void)queue.less.wait_for(queue.mutex, kReaderPause);
    if (queue.written == before) break;
    before = queue.written;
  }
}

void Console::end(Queue& queue) {
  flush(queue);
  const MutexLock lock(queue.mutex);
  queue.pieces.clear();
  queue.stop = true;
  queue.news.notify_all();
}

// Both may be one file, a terminal most often: then what is said keeps its order.
Console::Queue& Console::queue_of(int fd) {
  struct stat file{};
  (void)fstat(fd, &file);  // one that is closed counts as a file of its own
  std::shared_ptr<Queue>& queue = queues_[{file.st_dev, file.st_ino}];
  if (queue == nullptr) {
    queue = std::make_shared<Queue>();
    std::thread([queue] { run(queue); }).detach();
  }
  return *queue;
}

void Console::write(int fd, std::string text) {
  Queue& queue = queue_of(fd);
  const std::uint64_t lost = queue.take_lost(text.size());
  if (lost > 0) queue_of(STDOUT_FILENO).push(STDOUT_FILENO, lost_line_(lost));
  queue.push(fd, std::move(text));
}

void Console::run(const std::shared_ptr<Queue>& queue) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // they are for the thread that runs the loop
  std::set<int> closed;
  while (const std::optional<Queue::Piece> piece = queue->next()) {
    // Whole lines of up to PIPE_BUF bytes go into a pipe in one piece or not at all.
    const bool open = !closed.contains(piece->fd);
    if (open && host::write_all(piece->fd, as_bytes(piece->text)) != 0) closed.insert(piece->fd);
    queue->drop_written();
  }
}

}  // namespace updraft::cli
