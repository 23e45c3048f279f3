#include "cli/words/console.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include <unistd.h>

namespace updraft::cli {

struct Console::Queue {
  struct Piece {
    int fd;
    std::string text;
  };

  void push(int fd, std::string text) {
    bytes += text.size();
    pieces.push_back({fd, std::move(text)});
    news.notify_all();
  }

  std::mutex mutex;
  std::condition_variable news;  // a piece, or the wish to stop
  std::condition_variable less;  // a piece was written
  std::deque<Piece> pieces;      // the first one is being written
  std::size_t bytes = 0;         // of all of them
  std::uint64_t lost = 0;        // lines since the last word of them
  std::uint64_t written = 0;     // pieces
  bool stop = false;
};

namespace {

// Whole lines of up to PIPE_BUF bytes go into a pipe in one piece or not at all.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace

Console::Console(std::function<std::string(std::uint64_t)> lost_line)
    : lost_line_(std::move(lost_line)), queue_(std::make_shared<Queue>()) {
  std::thread([queue = queue_] { run(queue); }).detach();
}

Console::~Console() {
  std::unique_lock lock(queue_->mutex);
  std::uint64_t before = queue_->written;
  while (!queue_->pieces.empty()) {
    (void)queue_->less.wait_for(lock, kReaderPause);
    if (queue_->written == before) break;
    before = queue_->written;
  }
  queue_->pieces.clear();
  queue_->stop = true;
  queue_->news.notify_all();
}

void Console::write(int fd, std::string text) {
  const std::lock_guard lock(queue_->mutex);
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
  std::unique_lock lock(queue->mutex);
  while (true) {
    queue->news.wait(lock, [&] { return queue->stop || !queue->pieces.empty(); });
    if (queue->stop) return;
    const Queue::Piece piece = queue->pieces.front();
    lock.unlock();
    if (!closed.contains(piece.fd) && !write_all(piece.fd, piece.text)) closed.insert(piece.fd);
    lock.lock();
    if (queue->stop) return;
    queue->bytes -= piece.text.size();
    queue->pieces.pop_front();
    ++queue->written;
    queue->less.notify_all();
  }
}

}  // namespace updraft::cli
