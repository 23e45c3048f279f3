#include "cli/words/console.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <optional>
#include <set>
#include <thread>

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

  void push(int fd, std::string text) UPDRAFT_REQUIRES(mutex) {
    bytes += text.size();
    pieces.push_back({fd, std::move(text)});
    news.notify_all();
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
    : lost_line_(std::move(lost_line)), queue_(std::make_shared<Queue>()) {
  std::thread([queue = queue_] { run(queue); }).detach();
}

Console::~Console() {
  const MutexLock lock(queue_->mutex);
  std::uint64_t before = queue_->written;
  while (!queue_->pieces.empty()) {
    (void)queue_->less.wait_for(queue_->mutex, kReaderPause);
    if (queue_->written == before) break;
    before = queue_->written;
  }
  queue_->pieces.clear();
  queue_->stop = true;
  queue_->news.notify_all();
}

void Console::write(int fd, std::string text) {
  const MutexLock lock(queue_->mutex);
  if (queue_->bytes + text.size() > kConsoleBytes) {
    ++queue_->lost;
    return;
  }
  if (queue_->lost > 0) queue_->push(STDOUT_FILENO, lost_line_(queue_->lost));
  queue_->lost = 0;
  queue_->push(fd, std::move(text));
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
